import type { MethodImpl } from "@connectrpc/connect";
import type { ExecutorLinkService } from "@orchestrator/proto/state/v1/state_pb";

import type { Deps } from "../deps.ts";

/** Keeps sessions alive; when the stream ends they have little time to be heard of elsewhere. */
export function heartbeat(deps: Deps): MethodImpl<typeof ExecutorLinkService.method.heartbeat> {
  return async function* (requests) {
    const stream = deps.heartbeats.open();
    try {
      for await (const { sessionId, beat, heldCount, heldHash } of requests) {
        const held = { count: heldCount, hash: heldHash };
        yield { beat, ...(await stream.beat(Number(sessionId), held)) };
      }
    } finally {
      // A replica that ends says nothing of its executors: they need the time to find another.
      if (!deps.stop.aborted) {
        deps.background("shorten_lease", () => stream.ended());
      }
    }
  };
}
