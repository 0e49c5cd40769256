import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { describe, it } from "node:test";

import { eachPart } from "./each-part.ts";
import { readEach } from "./read-each.ts";

describe("reading a stream message by message", () => {
  it("gives what was written, in order, to its end, and says when it is over", async () => {
    const stream = new PassThrough({ objectMode: true });
    const seen: unknown[] = [];
    let overs = 0;
    for (const n of [1, 2, 3]) stream.write(n);
    setImmediate(() => stream.end(4));
    for await (const n of readEach(stream, { over: () => (overs += 1) })) seen.push(n);
    assert.deepEqual([seen, overs], [[1, 2, 3, 4], 1]);
  });

  it("gives what came before a failure, then the failure as its owner names it", async () => {
    const stream = new PassThrough({ objectMode: true });
    const reader = readEach(stream, { errorFor: () => new Error("renamed") })[
      Symbol.asyncIterator
    ]();
    stream.write(1);
    assert.deepEqual(await reader.next(), { done: false, value: 1 });
    const next = reader.next();
    stream.emit("error", new Error("broken"));
    await assert.rejects(next, /renamed/);
    assert.equal((await reader.next()).done, true);
  });

  it("fails when the stream closes before its end", async () => {
    const stream = new PassThrough({ objectMode: true });
    const next = readEach(stream)[Symbol.asyncIterator]().next();
    stream.destroy();
    await assert.rejects(next, /closed before its end/);
  });

  it("leaves the stream alone when its reader leaves, and takes what it fails with later", async () => {
    const stream = new PassThrough({ objectMode: true });
    stream.write(1);
    for await (const _ of readEach(stream)) break;
    assert.equal(stream.destroyed, false);
    stream.emit("error", new Error("later"));
  });
});

describe("taking messages apart", () => {
  it("gives several, one or none for each", async () => {
    const seen: number[] = [];
    for await (const n of eachPart(numbers([2, 0, 1]), (count) => between(count))) seen.push(n);
    assert.deepEqual(seen, [0, 1, 0]);
  });

  it("ends the source when one cannot be taken apart", async () => {
    let isEnded = false;
    const parts = eachPart(
      numbers([1], () => (isEnded = true)),
      () => {
        throw new Error("cannot");
      },
    );
    await assert.rejects(parts[Symbol.asyncIterator]().next(), /cannot/);
    assert.equal(isEnded, true);
  });
});

async function* numbers(values: readonly number[], ended = (): unknown => undefined) {
  try {
    yield* values;
  } finally {
    ended();
  }
}

function between(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
