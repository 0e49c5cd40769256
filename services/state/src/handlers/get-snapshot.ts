import type { MethodImpl } from "@connectrpc/connect";
import type { StateService } from "@orchestrator/proto/state/v1/state_pb";

import type { Deps } from "../deps.ts";

/** Answers with the newest fold of a run, or with none. */
export function getSnapshot({
  snapshots,
}: Deps): MethodImpl<typeof StateService.method.getSnapshot> {
  return async ({ runId, version }) => {
    const snapshot = await snapshots.get(runId, version);
    return snapshot === undefined ? {} : { uptoSeq: snapshot.uptoSeq, fold: snapshot.fold };
  };
}
