import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { frameParts } from "@orchestrator/rpc-node";

import type { Head } from "./event.ts";
import { type Status, STATUS } from "./run.ts";
import { type Watched, watchedBytes, WatchHub } from "./watch-hub.ts";

const RUN_ID = Buffer.alloc(16, 7);

describe("watches whose first look at the store failed", () => {
  it("are told by the next poll that there is no such run", async () => {
    const { hub, told, settle } = hubOver([]);
    hub.open(told).add({ watchId: 1, runId: RUN_ID, namespace: "test", afterSeq: 0 });
    await settle();
    assert.deepEqual(told.kinds, []);
    await hub.poll();
    await settle();
    assert.deepEqual(told.kinds, ["unknown"]);
  });

  it("are told by the next poll that the run is another namespace's", async () => {
    const head = { runId: RUN_ID, namespace: "other", status: STATUS.running, lastSeq: 3 };
    const { hub, told, settle } = hubOver([head]);
    hub.open(told).add({ watchId: 1, runId: RUN_ID, namespace: "test", afterSeq: 3 });
    await settle();
    await hub.poll();
    await settle();
    assert.deepEqual(told.kinds, ["unknown"]);
  });
});

describe("a watch of some kinds of events", () => {
  it("is told of these alone, and of the end in any case", async () => {
    assert.deepEqual(await kindsTold([9], STATUS.running), [{ kinds: [9], ended: false }]);
    assert.deepEqual(await kindsTold([7], STATUS.running), []);
    assert.deepEqual(await kindsTold([7], STATUS.completed), [{ kinds: [], ended: true }]);
    assert.deepEqual(await kindsTold([], STATUS.running), [{ kinds: [4, 9], ended: false }]);
  });
});

async function kindsTold(kinds: readonly number[], status: Status) {
  const told: Watched[] = [];
  const hub = new WatchHub({
    reader: {
      heads: async () => [{ runId: RUN_ID, namespace: "test", status, lastSeq: 3 }],
      eventsOf: async () => [event(2, 4), event(3, 9)],
    },
    background: (_, work) => void work(),
  });
  hub
    .open((watched) => told.push(...watched))
    .add({ watchId: 1, runId: RUN_ID, namespace: "test", afterSeq: 1, kinds });
  await new Promise((resolve) => {
    setTimeout(resolve, 20);
  });
  return told.map(({ events, ended }) => ({ kinds: events.map(({ kind }) => kind), ended }));
}

function event(seq: number, kind: number) {
  const payload = new Uint8Array();
  const rest = { version: 1, step: "", attempt: 0, form: 0, payload, atUs: 0 } as const;
  return { runId: RUN_ID, event: { seq, kind, ...rest } };
}

/** A hub over a store that fails once. */
function hubOver(heads: readonly Head[]) {
  let failures = 1;
  const background: Promise<void>[] = [];
  const hub = new WatchHub({
    reader: {
      async heads() {
        if (failures > 0) {
          failures -= 1;
          throw new Error("the store cannot be reached");
        }
        return heads;
      },
      eventsOf: async () => [],
    },
    // What fails is logged by whoever supervises it.
    background: (_, work) => background.push(work().catch(() => undefined)),
  });
  const kinds: string[] = [];
  const told = Object.assign(
    (watched: readonly Watched[]) => {
      kinds.push(...watched.map(({ unknownRun }) => (unknownRun ? "unknown" : "known")));
    },
    { kinds },
  );
  const settle = async (): Promise<void> => {
    while (background.length > 0) await Promise.all(background.splice(0));
    await new Promise((resolve) => {
      setImmediate(() => setImmediate(resolve));
    });
  };
  return { hub, told, settle };
}

describe("watches of runs with large events", () => {
  it("are told in frames that the mesh carries", async () => {
    const payload = Buffer.alloc(8 << 10);
    const runs = Array.from({ length: 64 }, (_, run) => Buffer.alloc(16, run));
    const hub = new WatchHub({
      reader: {
        heads: async (runIds) =>
          runIds.map((runId) => {
            return { runId, namespace: "test", status: STATUS.running, lastSeq: 101 };
          }),
        eventsOf: async (wanted) =>
          wanted.flatMap(({ runId }) =>
            Array.from({ length: 100 }, (_, seq) => {
              const event = { kind: 4, version: 1, step: "", attempt: 0, form: 0 as const };
              return { runId, event: { ...event, seq: seq + 2, payload, atUs: 0 } };
            }),
          ),
      },
      background: (_, work) => void work(),
    });
    const frames: { readonly bytes: number; readonly watches: readonly number[] }[] = [];
    const stream = hub.open((watched) => {
      for (const part of frameParts(watched, watchedBytes)) {
        const events = part.flatMap((told) => told.events);
        frames.push({
          bytes: events.reduce((sum, event) => sum + event.payload.length, 0),
          watches: part.map(({ watchId }) => watchId),
        });
      }
    });
    for (const [watchId, runId] of runs.entries()) {
      stream.add({ watchId, runId, namespace: "test", afterSeq: 1 });
    }
    const told = (): readonly number[] => frames.flatMap(({ watches }) => watches);
    while (told().length < runs.length) {
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
    assert.deepEqual(
      told(),
      runs.map((_, watchId) => watchId),
    );
    for (const { bytes } of frames) assert.ok(bytes < 16 << 20, `a frame had ${bytes} bytes`);
  });
});
