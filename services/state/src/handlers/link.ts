import type { MessageInitShape } from "@bufbuild/protobuf";
import type { MethodImpl } from "@connectrpc/connect";
import type {
  ExecutorLinkService,
  LinkHello,
  LinkRequest,
  LinkResponseSchema,
} from "@orchestrator/proto/state/v1/state_pb";
import { createOutbox } from "@orchestrator/rpc-node";

import { bothWays } from "../both-ways.ts";
import type { Deps } from "../deps.ts";
import { invalidRequest, sessionDead } from "../errors.ts";
import type { Link } from "../link.ts";
import { linkWorkFromWire, wireFromLinkFrame } from "../wire.ts";

/** Carries work between an executor and this replica. */
export function link(deps: Deps): MethodImpl<typeof ExecutorLinkService.method.link> {
  return async function* (requests, { signal }) {
    const frames = requests[Symbol.asyncIterator]();
    const { sessionId, takesAny, credit } = await helloOf(frames);
    const session = await deps.assignments.liveSession(Number(sessionId));
    if (session === undefined) {
      throw sessionDead(Number(sessionId));
    }
    const outbox = createOutbox<MessageInitShape<typeof LinkResponseSchema>>();
    const link = deps.links.open({
      ...session,
      takesAny,
      credit,
      send: (frame) => outbox.push(wireFromLinkFrame(frame)),
    });
    const read = (): Promise<void> => serve(deps, link, frames);
    try {
      yield* bothWays(outbox, { read, signals: [signal, deps.stop] });
    } finally {
      deps.links.close(link);
    }
  };
}

/** Does what the frames say, each once there is room for what it may bring. */
async function serve(deps: Deps, link: Link, frames: AsyncIterator<LinkRequest>): Promise<void> {
  for (;;) {
    const next = await frames.next();
    if (next.done === true || link.closed) return;
    const { frame } = next.value;
    if (frame.case !== "work") {
      throw invalidRequest({ field: "frame", description: "must be work after the greeting" });
    }
    link.work(linkWorkFromWire(frame.value));
    await deps.lane.room();
  }
}

async function helloOf(frames: AsyncIterator<LinkRequest>): Promise<LinkHello> {
  const first = await frames.next();
  if (first.done === true || first.value.frame.case !== "hello") {
    throw invalidRequest({ field: "hello", description: "must come first" });
  }
  return first.value.frame.value;
}
