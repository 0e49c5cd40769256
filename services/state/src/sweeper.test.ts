import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { Look, SweepStore } from "./sweep.ts";
import { Sweeper } from "./sweeper.ts";

describe("the sweeper", () => {
  it("gives every session a full lease before it judges any, when it begins", async () => {
    const { sweeper, store, told } = scripted();
    store.expiredIds = [1];
    await sweeper.sweep();
    assert.deepEqual(told, ["leases granted: start"]);
  });

  it("declares dead whose lease is over, and takes their runs", async () => {
    const { sweeper, store, told, tick } = scripted();
    await sweeper.sweep();
    told.length = 0;
    tick(1_000);
    store.expiredIds = [1];
    store.takeovers = [{ ready: 2, quarantined: 1 }];
    await sweeper.sweep();
    assert.deepEqual(told, ["died 1", "took 2+1", "ready", "settled"]);
  });

  it("judges nobody after a gap in its own looks, a new timeline, or a step of the database's clock", async () => {
    const gaps: [string, (script: ReturnType<typeof scripted>) => void][] = [
      ["missed sweeps", ({ tick }) => tick(3_500)],
      [
        "timeline",
        ({ store, tick }) => {
          tick(1_000);
          store.timeline = "00000002";
        },
      ],
      ["clock step", ({ store, tick }) => (tick(1_000), (store.nowUs += 3_600_000_000))],
      ["clock step", ({ store, tick }) => (tick(1_000), (store.nowUs -= 3_600_000_000))],
    ];
    for (const [reason, happen] of gaps) {
      const script = scripted();
      await script.sweeper.sweep();
      script.told.length = 0;
      happen(script);
      script.store.expiredIds = [1];
      await script.sweeper.sweep();
      assert.deepEqual(script.told, [`leases granted: ${reason}`]);
      script.told.length = 0;
      script.tick(1_000);
      await script.sweeper.sweep();
      assert.equal(script.told[0], "died 1");
    }
  });

  it("judges nobody until the leases are granted, when that failed at first", async () => {
    const { sweeper, store, told, tick } = scripted();
    await sweeper.sweep();
    told.length = 0;
    tick(15_000);
    store.expiredIds = [1];
    store.grant = () => Promise.reject(new Error("the store is gone again"));
    await assert.rejects(sweeper.sweep());
    tick(1_000);
    store.grant = () => Promise.resolve();
    await sweeper.sweep();
    assert.deepEqual(told, ["leases granted: missed sweeps"]);
  });

  it("judges nobody by an answer that was so long under way that no heartbeat got through", async () => {
    const { sweeper, store, told, tick } = scripted();
    await sweeper.sweep();
    told.length = 0;
    tick(1_000);
    store.expiredIds = [1];
    store.slow = () => tick(9_000);
    await sweeper.sweep();
    assert.deepEqual(told, []);
    store.slow = () => undefined;
    tick(1_000);
    await sweeper.sweep();
    assert.deepEqual(told, ["leases granted: missed sweeps"]);
  });

  it("on a store of its own judges sessions of an earlier process at once", async () => {
    const { sweeper, store, told } = scripted({ soleOwner: true });
    store.expiredIds = [1];
    await sweeper.sweep();
    assert.equal(told[0], "died 1");
  });

  it("wakes runs that are due, batch by batch", async () => {
    const { sweeper, store, told, tick } = scripted();
    await sweeper.sweep();
    told.length = 0;
    tick(1_000);
    store.due = [500, 3];
    await sweeper.sweep();
    assert.deepEqual(told, ["ready", "ready"]);
  });
});

class ScriptedSweeps implements SweepStore {
  readonly told: string[];
  expiredIds: readonly number[] = [];
  takeovers: { ready: number; quarantined: number }[] = [];
  due: number[] = [];
  timeline = "00000001";
  nowUs = 1_000_000_000;

  constructor(told: string[]) {
    this.told = told;
  }

  async look(): Promise<Look> {
    const past = this.nowUs - 1;
    return {
      nowUs: this.nowUs,
      timeline: this.timeline,
      nextExpiryUs: this.expiredIds.length > 0 ? past : undefined,
      nextWakeUs: this.due.length > 0 ? past : undefined,
      deadSessions: false,
      readyRuns: false,
    };
  }

  slow: () => void = () => undefined;

  async expired() {
    this.slow();
    return this.expiredIds;
  }

  async declareDead() {
    return true;
  }

  async takeOver() {
    return this.takeovers.shift() ?? { ready: 0, quarantined: 0 };
  }

  async settle() {
    this.told.push("settled");
  }

  grant = () => Promise.resolve();

  async grantLeases() {
    await this.grant();
  }

  async expireAll() {}

  async wakeDue() {
    return this.due.shift() ?? 0;
  }

  async queue() {
    return { depth: 0, oldestSeconds: 0 };
  }

  async dropAbandonedUploads() {}
}

function scripted({ soleOwner = false } = {}) {
  const told: string[] = [];
  const store = new ScriptedSweeps(told);
  let nowMs = 0;
  const sweeper = new Sweeper({
    store,
    clock: { observe: () => undefined },
    leaseMs: 10_000,
    everyMs: 1_000,
    soleOwner,
    monotonicMs: () => nowMs,
    observer: {
      sessionDied: (id) => told.push(`died ${id}`),
      tookOver: ({ ready, quarantined }) => told.push(`took ${ready}+${quarantined}`),
      queue: () => undefined,
      leasesGranted: (reason) => told.push(`leases granted: ${reason}`),
      ready: () => told.push("ready"),
      look: () => undefined,
      swept: async () => undefined,
      failed: (cause) => {
        throw cause;
      },
    },
  });
  const tick = (ms: number): void => {
    nowMs += ms;
    store.nowUs += ms * 1_000;
  };
  return { sweeper, store, told, tick };
}
