import type { MethodImpl } from "@connectrpc/connect";
import type { ExecutorLinkService } from "@orchestrator/proto/state/v1/state_pb";

import type { Deps } from "../deps.ts";

/** Ends a session at once; what it still holds is ready again. */
export function closeSession(
  deps: Deps,
): MethodImpl<typeof ExecutorLinkService.method.closeSession> {
  return async ({ sessionId }) => {
    const handedBack = await deps.sessions.close(Number(sessionId));
    deps.events.sessionClosed({ sessionId: Number(sessionId), handedBack });
    if (handedBack > 0) deps.runsReady();
    return { releasedRuns: handedBack };
  };
}
