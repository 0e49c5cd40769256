import type { MethodImpl } from "@connectrpc/connect";
import type { StateService } from "@orchestrator/proto/state/v1/state_pb";

import type { Deps } from "../deps.ts";
import { wireFromSession } from "../wire.ts";

/** Lists executor sessions, the newest first. */
export function listSessions({
  sessions,
}: Deps): MethodImpl<typeof StateService.method.listSessions> {
  return async ({ limit, beforeSessionId, includeDead }) => {
    const page = { limit, beforeSessionId: Number(beforeSessionId), includeDead };
    return { sessions: (await sessions.list(page)).map(wireFromSession) };
  };
}
