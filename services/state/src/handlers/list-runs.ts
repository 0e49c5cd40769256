import type { MethodImpl } from "@connectrpc/connect";
import type { StateService } from "@orchestrator/proto/state/v1/state_pb";

import type { Deps } from "../deps.ts";
import { statusFrom } from "../run.ts";
import { wireFromRun } from "../wire.ts";

/** Lists runs, the newest first. */
export function listRuns({ runs }: Deps): MethodImpl<typeof StateService.method.listRuns> {
  return async ({ namespace, limit, beforeRunId, pipeline, states, labels }) => {
    const found = await runs.list({
      namespace,
      limit,
      beforeRunId: beforeRunId.length === 0 ? undefined : beforeRunId,
      pipeline,
      statuses: states.flatMap((state) => statusFrom(state) ?? []),
      labels,
    });
    return { runs: found.map((run) => wireFromRun(run)) };
  };
}
