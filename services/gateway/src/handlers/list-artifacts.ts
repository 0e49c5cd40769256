import type { MethodImpl } from "@connectrpc/connect";
import { artifactsOf } from "@orchestrator/pipeline";
import type { RunService } from "@orchestrator/proto/v1/run_pb";
import { callOf } from "@orchestrator/rpc";

import { findRun } from "../adapters/find-run.ts";
import { foldHistory } from "../adapters/run-history.ts";
import type { Deps } from "../deps.ts";
import { namespaceOf } from "../namespace.ts";
import { wireFromArtifact } from "../wire.ts";

/** Lists the files that a run's steps wrote: the last version of every path, by path (L36). */
export function listArtifacts(deps: Deps): MethodImpl<typeof RunService.method.listArtifacts> {
  return async ({ runId }, context) => {
    const { signal } = context;
    const namespace = namespaceOf(callOf(context));
    const run = await findRun(deps, { namespace, runId }, { signal });
    const plan = await deps.definitions.plan(namespace, run, signal);
    const folded = await foldHistory(deps.state, { run, plan }, signal);
    return {
      artifacts: artifactsOf(folded).map(wireFromArtifact),
    };
  };
}
