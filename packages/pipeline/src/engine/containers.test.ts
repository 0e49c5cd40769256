import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { assert as check, integer, property } from "fast-check";

import { drawFrom } from "../testing/draw.ts";
import { randomContainers } from "../testing/random-containers.ts";
import { checkSettledOnce, outcomeOf, Simulation } from "../testing/simulation.ts";
import { instancesIn } from "./frame.ts";
import { isSettled } from "./step-record.ts";

const seeds = integer({ min: 0, max: 2 ** 31 });

describe("Schedule of containers", () => {
  it("settles loops and groups exactly once, in any order of ends and commits (L107, L111)", () => {
    check(
      property(seeds, seeds, (planSeed, orderSeed) => {
        const random = randomContainers(planSeed, { stops: false });
        const simulation = new Simulation(random, {
          draw: drawFrom(orderSeed),
          crashes: false,
          cancels: false,
        });
        const state = simulation.run();
        checkSettledOnce(simulation);
        const isWhole = [...instancesIn(state.root)].every(
          ({ record, frame }) => isSettled(record) || frame.halted,
        );
        assert.ok(isWhole, "all that was begun is settled");
      }),
      { numRuns: 60 },
    );
  });

  it("comes to the same result of loops and groups whatever the timing, also when executors die (I8)", () => {
    check(
      property(seeds, seeds, seeds, (planSeed, one, other) => {
        const random = randomContainers(planSeed, { stops: false });
        const first = new Simulation(random, {
          draw: drawFrom(one),
          crashes: false,
          cancels: false,
        }).run();
        const stormy = new Simulation(random, {
          draw: drawFrom(other),
          crashes: true,
          cancels: false,
        });
        const second = stormy.run();
        checkSettledOnce(stormy);
        const isGivenUp = second.settled.some(
          ({ record }) => record.error?.code === "ATTEMPT_LOST",
        );
        if (!isGivenUp) {
          assert.deepEqual(outcomeOf(second), outcomeOf(first));
        }
      }),
      { numRuns: 60 },
    );
  });

  it("ends loops and groups when failures stop the run, messages cancel it, time runs out and executors die", () => {
    check(
      property(seeds, seeds, (planSeed, orderSeed) => {
        const random = randomContainers(planSeed, { stops: true });
        const simulation = new Simulation(random, {
          draw: drawFrom(orderSeed),
          crashes: true,
          cancels: true,
        });
        const state = simulation.run();
        checkSettledOnce(simulation);
        for (const { record, place } of instancesIn(state.root)) {
          assert.ok(
            isSettled(record) || record.status === "pending",
            `${place.step.id} is left ${record.status}`,
          );
        }
      }),
      { numRuns: 120 },
    );
  });
});
