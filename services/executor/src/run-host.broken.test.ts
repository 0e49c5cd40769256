import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { testPlan } from "@orchestrator/pipeline/testing";

import { settle, until } from "./testing/test-host.ts";
import { open, parameter } from "./testing/test-run.ts";

/** A run that broke is given back after a pause. */
const PAUSE_MS = 1_000;

describe("a run that cannot be run", () => {
  it("is given up when its first event cannot be read, its plan in memory or not", async () => {
    const { state, host, clock, troubles } = open(testPlan({ steps: [{ id: "a" }] }));
    const [created] = state.events;
    assert.ok(created !== undefined);
    state.events[0] = { ...created, payload: Buffer.from("no JSON") };
    for (const times of [1, 2]) {
      state.assign(host);
      await until(() => troubles.broke.length === times, "it broke");
      clock.advance(PAUSE_MS);
      await settle();
      assert.equal(state.isHeld, false);
      assert.equal(state.givenUp, times);
    }
  });

  it("is given up when its log has more than it was assigned with", async () => {
    const { state, again, clock } = open(testPlan({ steps: [{ id: "a" }] }));
    const { host, troubles } = again({
      store: {
        ...state.store,
        async *events() {
          for (const seq of [1, 2, 3]) {
            const [event] = state.events;
            if (event !== undefined) yield { ...event, seq };
          }
        },
      },
    });
    state.events.push(...state.events.map((event) => ({ ...event, seq: 2 })));
    state.assign(host);
    await until(() => troubles.broke.length === 1, "it broke");
    clock.advance(PAUSE_MS);
    await settle();
    assert.equal(state.isHeld, false);
    assert.equal(state.givenUp, 1);
  });

  it("is given up when a payload can never be stored", async () => {
    const big = "x".repeat(20_000);
    const plan = testPlan({
      steps: [{ id: "a", operation: "capture_result", parameters: [parameter("value", big)] }],
    });
    const { state, again, clock } = open(plan);
    const { host, troubles } = again({
      store: {
        ...state.store,
        putBlob: () => Promise.reject(Object.assign(new Error("too large"), { code: 3 })),
      },
    });
    state.assign(host);
    await until(() => troubles.broke.length === 1, "it broke");
    clock.advance(PAUSE_MS);
    await settle();
    assert.equal(state.isHeld, false);
    assert.equal(state.givenUp, 1);
    assert.deepEqual(state.kinds, ["run_created", "run_started"]);
  });
});
