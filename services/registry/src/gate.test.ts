import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { createGate } from "./gate.ts";
import { createPacer } from "./pacer.ts";

const NEVER = new AbortController().signal;

describe("A gate", () => {
  it("lets so many in, and the others in order as they leave", async () => {
    const gate = createGate({ maxInside: 1, maxWaiting: 10 });
    const order: string[] = [];
    const leave = await gate.enter(NEVER);
    const second = gate.enter(NEVER).then((go) => (order.push("second"), go?.()));
    const third = gate.enter(NEVER).then((go) => (order.push("third"), go?.()));
    await Promise.resolve();
    assert.deepEqual(order, []);
    leave?.();
    await Promise.all([second, third]);
    assert.deepEqual(order, ["second", "third"]);
  });

  it("refuses at the bound of those who wait", async () => {
    const gate = createGate({ maxInside: 1, maxWaiting: 0 });
    await gate.enter(NEVER);
    assert.equal(await gate.enter(NEVER), undefined);
  });

  it("counts a place once, though left twice, and none for who gave up", async () => {
    const gate = createGate({ maxInside: 1, maxWaiting: 1 });
    const leave = await gate.enter(NEVER);
    const leaving = new AbortController();
    const waiting = gate.enter(leaving.signal);
    leaving.abort(new Error("too long"));
    await assert.rejects(waiting, /too long/);
    leave?.();
    leave?.();
    assert.notEqual(await gate.enter(NEVER), undefined);
    const queued = gate.enter(AbortSignal.abort(new Error("late")));
    await assert.rejects(queued, /late/);
  });
});

describe("A pacer", () => {
  it("lets a tenth of the minute's requests through at once, then keeps the rate", () => {
    const pacer = createPacer(60);
    const waits = Array.from({ length: 8 }, () => pacer.reserve(0));
    assert.deepEqual(waits, [0, 0, 0, 0, 0, 0, 1_000, 2_000]);
    assert.equal(pacer.reserve(60_000), 0);
  });

  it("gives back a place that was not used", () => {
    const pacer = createPacer(10);
    assert.equal(pacer.reserve(0), 0);
    assert.equal(pacer.reserve(0), 6_000);
    pacer.refund();
    assert.equal(pacer.reserve(0), 6_000);
  });

  it("has no limit where none is configured", () => {
    const pacer = createPacer(undefined);
    assert.deepEqual([pacer.reserve(0), pacer.reserve(0)], [0, 0]);
  });
});
