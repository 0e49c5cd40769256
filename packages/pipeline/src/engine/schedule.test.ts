import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { assert as check, integer, property } from "fast-check";

import type { RunEvent } from "../events.ts";
import { drawFrom } from "../testing/draw.ts";
import { randomPlan } from "../testing/random-plan.ts";
import { outcomeOf, settlements, Simulation } from "../testing/simulation.ts";
import { apply } from "./apply.ts";
import type { Command } from "./command.ts";
import { openPlan } from "./loaded-plan.ts";
import { openRun } from "./run-state.ts";
import { Schedule } from "./schedule.ts";
import { isSettled } from "./step-record.ts";

const seeds = integer({ min: 0, max: 2 ** 31 });

describe("Schedule", () => {
  it("settles every step exactly once, after what it waits for, in any order of ends and commits", () => {
    check(
      property(seeds, seeds, (planSeed, orderSeed) => {
        const random = randomPlan(planSeed, { stops: false });
        const simulation = new Simulation(random, {
          draw: drawFrom(orderSeed),
          crashes: false,
          cancels: false,
        });
        const state = simulation.run();
        const counts = settlements(simulation.log);
        for (const { id } of random.plan.steps) {
          assert.equal(counts.get(id), 1, `${id} settles ${counts.get(id) ?? 0} times`);
        }
        assert.equal(state.end?.status === "completed", state.root.failures.length === 0);
      }),
      { numRuns: 300 },
    );
  });

  it("comes to the same result whatever the timing, when no failure stops the run (L86)", () => {
    check(
      property(seeds, seeds, seeds, (planSeed, one, other) => {
        const random = randomPlan(planSeed, { stops: false });
        const options = { crashes: false, cancels: false };
        const first = new Simulation(random, { draw: drawFrom(one), ...options }).run();
        const second = new Simulation(random, { draw: drawFrom(other), ...options }).run();
        assert.deepEqual(outcomeOf(first), outcomeOf(second));
      }),
      { numRuns: 300 },
    );
  });

  it("ends, and settles nothing twice, when failures stop the run, messages cancel it and executors die", () => {
    check(
      property(seeds, seeds, (planSeed, orderSeed) => {
        const random = randomPlan(planSeed, { stops: true });
        const simulation = new Simulation(random, {
          draw: drawFrom(orderSeed),
          crashes: true,
          cancels: true,
        });
        const state = simulation.run();
        const counts = settlements(simulation.log);
        for (const [id, times] of counts) {
          assert.equal(times, 1, `${id} settles ${times} times`);
        }
        const unreached = state.root.instances.filter(({ record }) => !isSettled(record)).length;
        assert.equal(unreached > 0, counts.size < random.plan.steps.length);
        assert.ok(
          unreached === 0 || state.end?.unreached !== undefined,
          "who was not reached is told why",
        );
      }),
      { numRuns: 500 },
    );
  });

  it("says before anything else that a run under way was taken over, and nothing of the kind of one that was suspended", () => {
    const { plan } = randomPlan(1, { stops: false });
    const first = (...events: readonly RunEvent[]): Command[] => {
      const state = openRun(openPlan(plan));
      events.forEach((event, at) => apply(state, { seq: at + 1, atUs: 0, event }));
      return new Schedule(state).next({ nowMs: 7.5, mayStart: false, random: () => 0 });
    };
    const created: RunEvent = { kind: "run_created", inputs: {} };
    const started: RunEvent = { kind: "run_started", atMs: 1 };
    const takenOver: RunEvent = { kind: "run_taken_over", atMs: 7 };
    const record = [{ kind: "record", event: takenOver }];
    assert.deepEqual(first(created), [{ kind: "record", event: { ...started, atMs: 7 } }]);
    assert.deepEqual(first(created, started), record);
    assert.deepEqual(first(created, started, takenOver), record);
    const suspended = first(created, started, { kind: "run_suspended", wakeAfterMs: 1 });
    assert.ok(suspended.every(({ kind }) => kind !== "record"));
  });
});
