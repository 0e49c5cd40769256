import type { MethodImpl } from "@connectrpc/connect";
import type { OperationsService } from "@orchestrator/proto/v1/operations_pb";

import { relay } from "../adapters/relay.ts";
import type { Deps } from "../deps.ts";
import { invalidField } from "../errors.ts";
import { pageSizeFrom } from "../page-size.ts";
import { keyFromPageToken, pageTokenFrom } from "../page-token.ts";
import { wireFromSession } from "../wire.ts";

/** What its page tokens hold. */
const SESSION_ID = /^\d{1,18}$/;

/** Lists executor sessions, the newest first. */
export function listSessions({
  state,
}: Deps): MethodImpl<typeof OperationsService.method.listSessions> {
  return async ({ pageSize, pageToken, includeDead }, { signal }) => {
    const before = keyFromPageToken(pageToken, { request: [includeDead], form: SESSION_ID });
    if (before === undefined) {
      throw invalidField("page_token", "is not a token of this list with these arguments");
    }
    const limit = pageSizeFrom(pageSize);
    const { sessions } = await relay(
      state.listSessions({ limit, beforeSessionId: BigInt(before), includeDead }, { signal }),
    );
    const last = sessions.at(-1);
    return {
      sessions: sessions.map(wireFromSession),
      nextPageToken:
        last !== undefined && sessions.length === limit
          ? pageTokenFrom(String(last.sessionId), [includeDead])
          : "",
    };
  };
}
