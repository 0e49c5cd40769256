import type { MethodImpl } from "@connectrpc/connect";
import { documentOf } from "@orchestrator/pipeline";
import { type RunService, RunView } from "@orchestrator/proto/v1/run_pb";
import { callOf } from "@orchestrator/rpc";

import { findRun } from "../adapters/find-run.ts";
import { inlineResults } from "../adapters/inline-results.ts";
import { foldHistory } from "../adapters/run-history.ts";
import type { Deps } from "../deps.ts";
import { namespaceOf } from "../namespace.ts";
import { documentFactsFrom, wireFromRun } from "../wire.ts";

/** Answers with a run as it is now and, unless only its row is asked for, its result document (L174). */
export function getRun(deps: Deps): MethodImpl<typeof RunService.method.getRun> {
  return async ({ runId, view }, context) => {
    const { signal } = context;
    const namespace = namespaceOf(callOf(context));
    const run = await findRun(deps, { namespace, runId }, { signal });
    if (view === RunView.BASIC) {
      return { run: wireFromRun(run), documentJson: "" };
    }
    const plan = await deps.definitions.plan(namespace, run, signal);
    const folded = await foldHistory(deps.state, { run, plan }, signal);
    if (view === RunView.INLINED) {
      await inlineResults(deps.state, { namespace, folded }, signal);
    }
    return {
      run: wireFromRun(run, folded),
      documentJson: JSON.stringify(documentOf(folded, documentFactsFrom(run, folded))),
    };
  };
}
