import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { createClient, createRouterTransport } from "@connectrpc/connect";
import { StateService, type Watch } from "@orchestrator/proto/state/v1/state_pb";

import { WatchStream } from "./watch-stream.ts";

const RUN = new Uint8Array(16);
const never = new AbortController().signal;

/** A state service whose run has so many events; every stream sends at most a part of them, and then breaks. */
function stateWith({ total, part = total }: { total: number; part?: number }) {
  const asked: Watch[] = [];
  const dropped: number[] = [];
  const transport = createRouterTransport(({ service }) => {
    service(StateService, {
      async *watchRuns(requests) {
        for await (const frame of requests) {
          dropped.push(...frame.dropped);
          for (const watch of frame.watches) {
            asked.push(watch);
            const from = watch.afterSeq + 1;
            const to = Math.min(watch.afterSeq + part, total);
            const seqs = Array.from({ length: to - from + 1 }, (_, i) => from + i);
            for (let i = 0; i < seqs.length; i += 500) {
              const events = seqs.slice(i, i + 500).map((seq) => ({ seq }));
              const ended = events.at(-1)?.seq === total;
              yield { watched: [{ watchId: watch.watchId, events, ended }] };
            }
            if (to < total) throw new Error("the replica is gone");
          }
        }
      },
    });
  });
  return { asked, dropped, client: createClient(StateService, transport) };
}

async function sequencesOf(stream: WatchStream, afterSeq: number): Promise<number[]> {
  const seen: number[] = [];
  const target = { namespace: "default", runId: RUN, afterSeq };
  for await (const watched of stream.watch(target, { signal: never, heartbeatMs: 10_000 })) {
    seen.push(...(watched?.events.map(({ seq }) => seq) ?? []));
  }
  return seen;
}

function upTo(last: number, first = 1): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

describe("the stream of watches", () => {
  it("delivers every event once, from where a watch begins, to any number of watches", async () => {
    const state = stateWith({ total: 12 });
    await using stream = new WatchStream(state.client);
    const [all, rest] = await Promise.all([sequencesOf(stream, 0), sequencesOf(stream, 9)]);
    assert.deepEqual(all, upTo(12));
    assert.deepEqual(rest, [10, 11, 12]);
  });

  it("goes on from the last event when the stream breaks", async () => {
    const state = stateWith({ total: 10, part: 4 });
    await using stream = new WatchStream(state.client);
    assert.deepEqual(await sequencesOf(stream, 0), upTo(10));
    assert.deepEqual(
      state.asked.map(({ afterSeq }) => afterSeq),
      [0, 4, 8],
    );
  });

  it("keeps a bounded number of events for a slow reader, and fetches the rest when they are read", async () => {
    const state = stateWith({ total: 6_000 });
    await using stream = new WatchStream(state.client);
    const seen: number[] = [];
    const target = { namespace: "default", runId: RUN, afterSeq: 0 };
    for await (const watched of stream.watch(target, { signal: never, heartbeatMs: 10_000 })) {
      if (seen.length === 0) await new Promise((done) => setTimeout(done, 200));
      seen.push(...(watched?.events.map(({ seq }) => seq) ?? []));
    }
    assert.deepEqual(seen, upTo(6_000));
    assert.ok(state.asked.length > 1, "all was sent at once");
    assert.ok(state.dropped.length > 0);
  });

  it("says that it lives when nothing comes, and ends with its signal", async () => {
    const transport = createRouterTransport(({ service }) => {
      service(StateService, {
        async *watchRuns(requests) {
          for await (const { watches } of requests) {
            if (watches.length > 1) yield { watched: [] };
          }
        },
      });
    });
    await using stream = new WatchStream(createClient(StateService, transport));
    const leaving = new AbortController();
    const target = { namespace: "default", runId: RUN, afterSeq: 0 };
    let beats = 0;
    const watching = (async () => {
      for await (const watched of stream.watch(target, {
        signal: leaving.signal,
        heartbeatMs: 5,
      })) {
        assert.equal(watched, undefined);
        beats += 1;
        if (beats === 3) leaving.abort(new Error("left"));
      }
    })();
    await assert.rejects(watching, /left/);
    assert.equal(beats, 3);
  });
});
