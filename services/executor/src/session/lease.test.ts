import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { Lease } from "./lease.ts";

describe("Lease", () => {
  it("lets nothing start before a session was opened", () => {
    const { lease } = leaseAt(0);
    assert.equal(lease.mayStart(), false);
    assert.equal(lease.isOver, true);
  });

  it("counts from when a heartbeat was sent, and stops starts before it is over", () => {
    const { lease, clock } = leaseAt(1_000);
    lease.renewed(1_000, 10_000);
    clock.nowMs = 8_999;
    assert.equal(lease.mayStart(), true);
    clock.nowMs = 9_000;
    assert.equal(lease.mayStart(), false);
    assert.equal(lease.isOver, false);
    clock.nowMs = 11_000;
    assert.equal(lease.isOver, true);
  });

  it("does not go back when answers come out of order", () => {
    const { lease, clock } = leaseAt(0);
    lease.renewed(5_000, 10_000);
    lease.renewed(1_000);
    clock.nowMs = 12_000;
    assert.equal(lease.mayStart(), true);
  });

  it("lets nothing start for long after the stream ended, until a heartbeat is answered elsewhere", () => {
    const { lease, clock } = leaseAt(0);
    lease.renewed(0, 10_000);
    lease.unheard();
    clock.nowMs = 600;
    assert.equal(lease.mayStart(), false);
    lease.renewed(550);
    assert.equal(lease.mayStart(), true);
  });

  it("calls back every time that attempts may start again", () => {
    const { lease, clock } = leaseAt(0);
    let opened = 0;
    lease.onOpen(() => (opened += lease.mayStart() ? 1 : 0));
    assert.equal(opened, 0);
    lease.renewed(0, 10_000);
    assert.equal(opened, 1);
    clock.nowMs = 20_000;
    assert.equal(lease.mayStart(), false);
    lease.renewed(20_000);
    assert.equal(opened, 2);
  });
});

function leaseAt(nowMs: number): { lease: Lease; clock: { nowMs: number } } {
  const clock = { nowMs };
  return { lease: new Lease(() => clock.nowMs), clock };
}
