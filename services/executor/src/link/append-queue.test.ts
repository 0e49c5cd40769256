import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { Append, StateAfter } from "../run-channel.ts";
import { AppendQueue } from "./append-queue.ts";
import { DIGEST_BYTES } from "./digest.ts";

describe("AppendQueue", () => {
  it("sends one append at a time and seals what comes meanwhile into one", () => {
    const queue = newQueue(3);
    queue.push(append("a"));
    assert.equal(queue.seal()?.fromSeq, 3);
    queue.push(append("b"));
    queue.push(append("c", "completed"));
    assert.equal(queue.seal(), undefined);
    assert.equal(queue.committed(4)?.stateAfter, "running");
    const next = queue.seal();
    assert.deepEqual(
      next?.events.map(({ step }) => step),
      ["b", "c"],
    );
    assert.equal(next?.fromSeq, 4);
    assert.equal(next?.stateAfter, "completed");
    assert.equal(next?.digests.length, 2 * DIGEST_BYTES);
    assert.equal(queue.committed(6)?.stateAfter, "completed");
    assert.equal(queue.lastSeq, 6);
    assert.ok(queue.isEmpty);
  });

  it("keeps what is under way unchanged, so that sending it again is recognised", () => {
    const queue = newQueue(1);
    queue.push(append("a"));
    const sent = queue.seal();
    queue.push(append("b"));
    assert.equal(queue.underWay, sent);
  });

  it("hears an answer once: a second acknowledgement is no news", () => {
    const queue = newQueue(1);
    queue.push(append("a"));
    queue.seal();
    assert.notEqual(queue.committed(2), undefined);
    assert.equal(queue.committed(2), undefined);
  });

  it("drops only the part that would have ended the run when messages came before it", () => {
    const queue = newQueue(1);
    queue.push(append("under way"));
    queue.seal();
    queue.push(append("a"));
    queue.push(append("end", "completed"));
    queue.committed(2);
    queue.seal();
    queue.inboxAhead();
    queue.push(append("cancelled", "cancelled"));
    assert.deepEqual(
      queue.seal()?.events.map(({ step }) => step),
      ["a", "cancelled"],
    );
  });

  it("gives the same events under another append id other digests", () => {
    const [first, second] = [newQueue(1), newQueue(1, 77)];
    first.push(append("a"));
    second.push(append("a"));
    assert.notDeepEqual(first.seal()?.digests, second.seal()?.digests);
  });
});

function newQueue(lastSeq: number, id = 0): AppendQueue {
  let low = id;
  return new AppendQueue(lastSeq, () => [1, low++]);
}

function append(step: string, stateAfter: StateAfter = "running"): Append {
  const event = { kind: 4, version: 1, step, attempt: 1, payload: Buffer.from(step) };
  return { events: [event], stateAfter, inboxSeq: 0 };
}
