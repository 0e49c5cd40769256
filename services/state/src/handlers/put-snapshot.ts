import type { MethodImpl } from "@connectrpc/connect";
import type { StateService } from "@orchestrator/proto/state/v1/state_pb";

import type { Deps } from "../deps.ts";

/** Stores the newest fold of a run. */
export function putSnapshot({
  snapshots,
}: Deps): MethodImpl<typeof StateService.method.putSnapshot> {
  return async ({ runId, uptoSeq, version, fold }) => {
    await snapshots.put(runId, { uptoSeq, version, fold });
    return {};
  };
}
