import assert from "node:assert/strict";
import { describe, it } from "node:test";

import {
  apply,
  decodeEvent,
  documentOf,
  isSettled,
  type LoadedPlan,
  locate,
  openPlan,
  openRun,
  type Plan,
  type RunState,
} from "@orchestrator/pipeline";
import {
  below,
  type Draw,
  drawFrom,
  randomPlan,
  type RandomPlan,
} from "@orchestrator/pipeline/testing";

import type { ModelAnswer, ModelCall, ModelFailure, ModelFailureCode } from "./models.ts";
import type { RunHost } from "./run-channel.ts";
import { runIdText } from "./run-id.ts";
import { ManualClock } from "./testing/manual-clock.ts";
import { MemoryState } from "./testing/state-in-memory.ts";
import { settle, testHost, type Troubles } from "./testing/test-host.ts";
import { noSelection } from "./testing/test-run.ts";

type Call = {
  readonly step: string;
  readonly attempt: number;
  /** Events that were committed when it was made. */
  readonly committed: number;
  readonly answer: () => void;
  isOpen: boolean;
};

/** One run under hosts that die, or live on without knowing that they lost it, between any two things that happen. */
class Mesh {
  readonly state: MemoryState;
  readonly calls: Call[] = [];
  readonly troubles: Troubles[] = [];
  readonly violations: string[] = [];
  readonly #random: RandomPlan;
  readonly #plan: LoadedPlan;
  readonly #draw: Draw;
  readonly #clock = new ManualClock();
  readonly #kills: boolean;

  constructor(random: RandomPlan, { draw, kills }: { draw: Draw; kills: boolean }) {
    this.#random = random;
    this.#plan = openPlan(random.plan);
    this.#draw = draw;
    this.#kills = kills;
    this.state = new MemoryState({ plan: random.plan }, () => this.#clock.monotonicMs());
    this.state.isAutomatic = false;
  }

  async run(): Promise<RunState> {
    for (let turns = 0; !this.state.hasEnded; turns++) {
      assert.ok(turns < 3_000, "the run does not end");
      this.#turn(below(this.#draw, 20));
      await settle(2);
    }
    return this.folded();
  }

  folded(): RunState {
    const state = openRun(this.#plan);
    for (const { seq, atUs, ...stored } of this.state.events) {
      apply(state, { seq, atUs, event: decodeEvent(stored) });
    }
    return state;
  }

  #turn(choice: number): void {
    const { state } = this;
    if (!state.isHeld) {
      this.#clock.advance(1_000);
      if (state.standing === "ready" || this.#clock.monotonicMs() >= state.wakeAtMs) {
        state.assign(this.#newHost());
      }
    } else if (choice === 0 && this.#kills) {
      // The reply to what is being committed may be lost with the executor.
      state.commitNext({ acknowledged: false });
      this.#takeAway();
    } else if (choice === 1 && this.#kills) {
      this.#takeAway();
    } else if (choice < 10 && state.waiting > 0) {
      state.commitNext();
    } else {
      this.#answerOne();
    }
  }

  #takeAway(): void {
    if (this.state.isHeld) {
      this.state.revoke({ told: below(this.#draw, 2) === 0 });
    }
  }

  #answerOne(): void {
    const open = this.calls.filter(({ isOpen }) => isOpen);
    const call = open[below(this.#draw, open.length)];
    if (call === undefined) {
      this.#clock.advance(500);
    } else {
      call.isOpen = false;
      call.answer();
    }
  }

  #newHost(): RunHost {
    const models = { select: noSelection, generate: (call: ModelCall) => this.#generate(call) };
    const { host, troubles } = testHost(this.state, {
      clock: this.#clock,
      models,
      attemptEnded: ({ step, outcome }) => outcome === "succeeded" && this.#checkWaits(step),
    });
    this.troubles.push(troubles);
    return host;
  }

  #generate({ callId }: ModelCall): Promise<ModelAnswer | ModelFailure> {
    const [, step = "", attemptText = ""] = callId.split("/");
    const attempt = Number(attemptText);
    this.#checkEffect(step, attempt);
    return new Promise((resolve) => {
      this.calls.push({
        step,
        attempt,
        committed: this.state.events.length,
        isOpen: true,
        answer: () => resolve(this.#outcome(step, attempt)),
      });
    });
  }

  /** What must hold whenever an effect begins, whoever makes it. */
  #checkEffect(step: string, attempt: number): void {
    const { record } = locate(this.folded(), step);
    this.#demand(!isSettled(record), `${step} is executed again although it is committed (I5)`);
    this.#demand(record.status === "running", `${step} begins before that is recorded`);
    this.#demand(record.attempts === attempt, `${step} begins another attempt than is recorded`);
    this.#checkWaits(step);
  }

  #checkWaits(step: string): void {
    const state = this.folded();
    const { waitsFor = [] } = this.#random.plan.steps.find(({ id }) => id === step) ?? {};
    for (const other of waitsFor) {
      const settled = isSettled(locate(state, other).record);
      this.#demand(settled, `${step} begins before ${other} is committed (I4)`);
    }
  }

  #demand(holds: boolean, otherwise: string): void {
    if (!holds) {
      this.violations.push(otherwise);
    }
  }

  #outcome(step: string, attempt: number): ModelAnswer | ModelFailure {
    const attempts = this.#random.behaviours.get(step)?.attempts ?? [];
    const error = attempts[Math.min(attempt, attempts.length) - 1];
    return error === undefined
      ? ANSWER
      : { ...FAILURE, code: FAILURES.get(error.code) ?? "MODEL_ERROR", message: error.message };
  }
}

const ANSWER: ModelAnswer = {
  kind: "answer",
  text: "yes",
  model: "small",
  provider: "test",
  inputTokens: 1,
  outputTokens: 1,
  costNanoUsd: 1,
  latencyMs: 1,
  finishReason: "stop",
  recorded: false,
  choiceReason: "",
};
const FAILURE = {
  kind: "failure",
  retryAfterMs: undefined,
  httpStatus: undefined,
  inDoubt: false,
} as const;
const FAILURES: ReadonlyMap<string, ModelFailureCode> = new Map<string, ModelFailureCode>([
  ["TOOL_ERROR", "MODEL_ERROR"],
  ["TIMEOUT", "TIMEOUT"],
  ["CONDITION_ERROR", "MODEL_NOT_FOUND"],
]);

/** Most steps ask a model, so that what they do can be seen from outside. */
function askingPlan(seed: number, { repeatable }: { repeatable: boolean }): RandomPlan {
  const random = randomPlan(seed, { stops: false });
  const draw = drawFrom(seed + 1);
  const steps = random.plan.steps.map((step): Plan["steps"][number] => {
    assert.ok(step.kind === "task");
    const holds = random.behaviours.get(step.id)?.conditionHolds ?? true;
    const condition = step.condition === null ? null : { ...step.condition, source: holds };
    if (draw() < 0.3) {
      return { ...step, condition, announces: false, repeatable: true };
    }
    const field = { kind: "literal", value: "hm?" } as const;
    const prompt = { name: "prompt", type: { kind: "string" }, required: true, field } as const;
    return {
      ...step,
      condition,
      operation: "generate",
      nature: "model",
      announces: true,
      repeatable: repeatable || draw() < 0.5,
      parameters: [prompt],
    };
  });
  return { ...random, plan: { ...random.plan, steps } };
}

function outcomesOf(mesh: Mesh, state: RunState): object {
  const status = state.end?.status ?? "running";
  const document = documentOf(state, { runId: runIdText(mesh.state.runId), status });
  return Object.values(document.steps).map(
    ({ id, status, success, error_code, skip_reason, attempts }) => ({
      id,
      status,
      success,
      error_code,
      skip_reason,
      attempts,
    }),
  );
}

function checkLog(mesh: Mesh, plan: Plan): void {
  const settlements = new Map<string, number>();
  for (const { seq, step, ...stored } of mesh.state.events) {
    const event = decodeEvent({ ...stored, step });
    if (["step_completed", "step_failed", "step_skipped", "step_cancelled"].includes(event.kind)) {
      assert.ok(!settlements.has(step), `${step} settles twice`);
      settlements.set(step, seq);
    }
  }
  const made = new Set<string>();
  for (const { step, attempt, committed } of mesh.calls) {
    assert.ok(
      committed < (settlements.get(step) ?? Infinity),
      `${step} has an effect after it settled`,
    );
    const planned = plan.steps.find(({ id }) => id === step);
    const isRepeatable = planned?.kind === "task" && planned.repeatable;
    const key = `${step}/${attempt}`;
    assert.ok(isRepeatable || !made.has(key), `${key} is repeated`);
    made.add(key);
  }
  assert.deepEqual(mesh.violations, []);
  for (const { broke } of mesh.troubles) {
    assert.deepEqual(broke, []);
  }
}

/** More by hand: `SIMULATIONS` is how many of each are worth their seconds in every run. */
const SIMULATIONS = 60;

describe("a run whose executors die at any moment", () => {
  it("comes to the result that it has without deaths, when every step can be repeated", async () => {
    let compared = 0;
    for (let seed = 1; seed <= SIMULATIONS; seed++) {
      const random = askingPlan(seed, { repeatable: true });
      const calm = new Mesh(random, { draw: drawFrom(seed), kills: false });
      const stormy = new Mesh(random, { draw: drawFrom(seed + 1_000), kills: true });
      const expected = outcomesOf(calm, await calm.run());
      const state = await stormy.run();
      // An attempt that vanishes again and again is given up in the end (I10).
      if (!state.settled.some(({ record }) => record.error?.code === "ATTEMPT_LOST")) {
        compared += 1;
        assert.deepEqual(outcomesOf(stormy, state), expected, `seed ${seed}`);
      }
      checkLog(calm, random.plan);
      checkLog(stormy, random.plan);
    }
    assert.ok(compared > 0.9 * SIMULATIONS, `only ${compared} runs could be compared`);
  });

  it("repeats no attempt that cannot be repeated, and executes nothing that is committed (I5)", async () => {
    for (let seed = 1; seed <= SIMULATIONS; seed++) {
      const random = askingPlan(seed, { repeatable: false });
      const mesh = new Mesh(random, { draw: drawFrom(seed), kills: true });
      await mesh.run();
      checkLog(mesh, random.plan);
    }
  });
});
