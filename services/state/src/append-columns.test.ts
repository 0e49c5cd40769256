import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { type AppendColumns, MAX_INLINE_BYTES, rowsOf } from "./append-columns.ts";
import { STATUS } from "./run.ts";

const columns: AppendColumns = {
  handle: [1, 2],
  fromSeq: [1, 7],
  state: [STATUS.running, STATUS.suspended],
  inboxSeq: [0, 3],
  wakeAfterMs: [0n, 500n],
  eventCount: [2, 1],
  kind: [3, 4, 8],
  version: [1, 1, 1],
  step: ["a", "a", ""],
  attempt: [1, 1, 0],
  digests: Buffer.from("aaaaaaaabbbbbbbbcccccccc"),
  payloadLength: [1, 0, 2],
  payloadForm: [0, 0, 0],
  payloads: Buffer.from("xyz"),
};

describe("a frame of appends", () => {
  it("is taken apart into rows, each with its events and their parts of the payloads", () => {
    const [first, second] = rowsOf(columns);
    assert.deepEqual(
      first?.events?.map(({ kind, payload, digest }) => [kind, textOf(payload), textOf(digest)]),
      [
        [3, "x", "aaaaaaaa"],
        [4, "", "bbbbbbbb"],
      ],
    );
    assert.deepEqual(
      [second?.status, second?.inboxSeq, second?.wakeAfterMs, second?.bytes],
      [STATUS.suspended, 3, 500, 2],
    );
    assert.equal(textOf(second?.events?.[0]?.payload ?? Buffer.alloc(0)), "yz");
  });

  it("is spoilt as a whole by columns that do not fit each other", () => {
    const spoilt: Partial<AppendColumns>[] = [
      { fromSeq: [1] },
      { wakeAfterMs: [] },
      { kind: [3, 4] },
      { digests: Buffer.alloc(16) },
      { payloads: Buffer.from("xy") },
      { payloadLength: [1, 0, 3] },
      { eventCount: [1, 1] },
    ];
    for (const change of spoilt) {
      const rows = rowsOf({ ...columns, ...change });
      assert.deepEqual(
        rows.map(({ events }) => events),
        [undefined, undefined],
      );
    }
  });

  it("spares the other rows when one of them is wrong", () => {
    const wrong: Partial<AppendColumns>[] = [
      { state: [STATUS.ready, STATUS.suspended] },
      { state: [STATUS.quarantined, STATUS.suspended] },
      { attempt: [1, 40_000, 0] },
      { payloadForm: [1, 0, 0] },
      { step: ["x".repeat(5_000), "a", ""] },
    ];
    for (const change of wrong) {
      const [first, second] = rowsOf({ ...columns, ...change });
      assert.equal(first?.events, undefined);
      assert.equal(second?.events?.length, 1);
    }
  });

  it("holds no payload that should have been a blob, and no append without events", () => {
    const one = {
      ...columns,
      payloadLength: [MAX_INLINE_BYTES + 1, 0, 2],
      payloads: Buffer.alloc(MAX_INLINE_BYTES + 3),
    };
    assert.equal(rowsOf(one)[0]?.events, undefined);
    const none = { ...columns, eventCount: [3, 0] };
    assert.equal(rowsOf(none)[1]?.events, undefined);
    assert.equal(rowsOf(none)[0]?.events?.length, 3);
  });
});

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}
