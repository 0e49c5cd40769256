import type { MethodImpl } from "@connectrpc/connect";
import type { ExecutorLinkService } from "@orchestrator/proto/state/v1/state_pb";

import type { Deps } from "../deps.ts";

/** Opens a session: the right to hold runs for as long as heartbeats arrive. */
export function openSession({
  sessions,
  events,
  leaseMs,
}: Deps): MethodImpl<typeof ExecutorLinkService.method.openSession> {
  return async ({ executor, offers, capacity }) => {
    const sessionId = await sessions.open({ executor, offers, capacity }, leaseMs);
    events.sessionOpened({ sessionId, executor });
    return { sessionId: BigInt(sessionId), leaseMs };
  };
}
