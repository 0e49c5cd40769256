import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as nextRound } from "node:timers/promises";

import { ProgramGate } from "./program-gate.ts";

const NEVER = new AbortController().signal;

describe("ProgramGate", () => {
  it("lets as many in as there are places, the others in the order of asking", async () => {
    const gate = new ProgramGate(2);
    const order: string[] = [];
    const enter = async (name: string): Promise<() => void> => {
      const leave = await gate.enter(NEVER);
      assert.ok(leave);
      order.push(name);
      return leave;
    };
    const [a, , c, d] = ["a", "b", "c", "d"].map(enter);
    await rounds(5);
    assert.deepEqual(order, ["a", "b"]);
    (await a)?.();
    await rounds(5);
    assert.deepEqual(order, ["a", "b", "c"]);
    (await c)?.();
    await d;
    assert.deepEqual(order, ["a", "b", "c", "d"]);
  });

  it("leaves a round of the event loop between two starts", async () => {
    const gate = new ProgramGate(10);
    const between: string[] = [];
    setImmediate(() => between.push("round"));
    await Promise.all([gate.enter(NEVER), gate.enter(NEVER)]);
    between.push("second");
    assert.deepEqual(between, ["round", "second"]);
  });

  it("gives no place to who has left, and loses none by it", async () => {
    const gate = new ProgramGate(1);
    const leave = await gate.enter(NEVER);
    const left = new AbortController();
    const waiting = gate.enter(left.signal);
    const behind = gate.enter(NEVER);
    left.abort();
    assert.equal(await waiting, undefined);
    leave?.();
    assert.ok(await behind);
    assert.equal(await gate.enter(AbortSignal.abort()), undefined);
  });
});

async function rounds(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await nextRound();
}
