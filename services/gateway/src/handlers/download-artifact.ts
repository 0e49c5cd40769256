import type { MethodImpl } from "@connectrpc/connect";
import { artifactsOf } from "@orchestrator/pipeline";
import type { RunService } from "@orchestrator/proto/v1/run_pb";
import { callOf } from "@orchestrator/rpc";

import { findRun } from "../adapters/find-run.ts";
import { relayed } from "../adapters/relay.ts";
import { foldHistory } from "../adapters/run-history.ts";
import type { Deps } from "../deps.ts";
import { artifactNotFound } from "../errors.ts";
import { namespaceOf } from "../namespace.ts";

/** Streams the bytes of one artifact. */
export function downloadArtifact(
  deps: Deps,
): MethodImpl<typeof RunService.method.downloadArtifact> {
  return async function* ({ runId, path }, context) {
    const { signal } = context;
    const namespace = namespaceOf(callOf(context));
    const run = await findRun(deps, { namespace, runId }, { signal });
    const plan = await deps.definitions.plan(namespace, run, signal);
    const folded = await foldHistory(deps.state, { run, plan }, signal);
    const artifact = artifactsOf(folded).find((candidate) => candidate.path === path);
    if (artifact === undefined) {
      throw artifactNotFound(runId, path);
    }
    const hash = Uint8Array.from(Buffer.from(artifact.sha256, "hex"));
    try {
      for await (const { chunk } of deps.state.getBlob({ namespace, hash }, { signal })) {
        yield { chunk };
      }
    } catch (thrown) {
      throw relayed(thrown);
    }
  };
}
