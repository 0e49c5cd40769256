import type { MessageInitShape } from "@bufbuild/protobuf";
import type { MethodImpl } from "@connectrpc/connect";
import type { StateService, WatchRunsResponseSchema } from "@orchestrator/proto/state/v1/state_pb";
import { createOutbox, frameParts } from "@orchestrator/rpc-node";

import { bothWays } from "../both-ways.ts";
import type { Deps } from "../deps.ts";
import { watchedBytes } from "../watch-hub.ts";
import { wireFromWatched } from "../wire.ts";

type Frame = MessageInitShape<typeof WatchRunsResponseSchema>;

/** Streams what happens to any number of watched runs. */
export function watchRuns(deps: Deps): MethodImpl<typeof StateService.method.watchRuns> {
  return async function* (requests, { signal }) {
    const outbox = createOutbox<Frame>();
    const stream = deps.watches.open((watched) => {
      for (const part of frameParts(watched, watchedBytes)) outbox.push(wireFromWatched(part));
    });
    const read = async (): Promise<void> => {
      for await (const { watches, dropped } of requests) {
        for (const watchId of dropped) stream.drop(watchId);
        for (const watch of watches) stream.add(watch);
      }
    };
    try {
      for await (const frame of bothWays(outbox, { read, signals: [signal, deps.stop] })) {
        yield frame;
        stream.taken(countEvents(frame));
      }
    } finally {
      stream.close();
    }
  };
}

function countEvents({ watched = [] }: Frame): number {
  let count = 0;
  for (const { events = [] } of watched) count += events.length;
  return count;
}
