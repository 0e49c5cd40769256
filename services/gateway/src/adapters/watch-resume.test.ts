import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { createClient, createRouterTransport } from "@connectrpc/connect";
import { StateService } from "@orchestrator/proto/state/v1/state_pb";

import { WatchStream } from "./watch-stream.ts";

/** One more than a reader may be behind, and where the log ends. */
const PAUSED_AT = 2_001;
const END = 2_400;

describe("a watch that was paused", () => {
  it("misses nothing when what was under way before the pause arrives after it", async () => {
    await using stream = new WatchStream(createClient(StateService, stateThatSendsOn()));
    const target = { namespace: "default", runId: new Uint8Array(16), afterSeq: 0 };
    const seen: number[] = [];
    const { signal } = new AbortController();
    for await (const watched of stream.watch(target, { signal, heartbeatMs: 10_000 })) {
      if (seen.length === 0) await new Promise((done) => setTimeout(done, 100));
      seen.push(...(watched?.events.map(({ seq }) => seq) ?? []));
    }
    assert.deepEqual(seen, between(1, END));
  });
});

/** A state service that hears of the pause late: the paused watch is still told of later events, and of the end. */
function stateThatSendsOn() {
  return createRouterTransport(({ service }) => {
    service(StateService, {
      async *watchRuns(requests) {
        let paused: number | undefined;
        for await (const { watches } of requests) {
          for (const { watchId, afterSeq } of watches) {
            if (paused === undefined) {
              paused = watchId;
              yield told(watchId, between(1, 1));
              yield told(watchId, between(2, PAUSED_AT + 1));
            } else {
              yield told(paused, between(PAUSED_AT + 200, END));
              yield { watched: [{ watchId: paused, ended: true }] };
              yield told(watchId, between(afterSeq + 1, END));
            }
          }
        }
      },
    });
  });
}

function told(watchId: number, seqs: readonly number[]) {
  const events = seqs.map((seq) => ({ seq }));
  return { watched: [{ watchId, events, ended: watchId > 1 && seqs.at(-1) === END }] };
}

function between(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
