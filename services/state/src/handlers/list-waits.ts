import type { MethodImpl } from "@connectrpc/connect";
import type { StateService } from "@orchestrator/proto/state/v1/state_pb";

import type { Deps } from "../deps.ts";
import { wireFromWait } from "../wire.ts";

/** Lists what runs wait for. */
export function listWaits({ waits }: Deps): MethodImpl<typeof StateService.method.listWaits> {
  return async ({ namespace, limit, runId, step, beforeWaitId, includeEnded }) => {
    const found = await waits.list({
      namespace,
      limit,
      runId: runId.length === 0 ? undefined : runId,
      step,
      beforeWaitId: beforeWaitId === 0n ? undefined : Number(beforeWaitId),
      includeEnded,
    });
    return { waits: found.map(wireFromWait) };
  };
}
