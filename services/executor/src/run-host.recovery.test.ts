import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { ONE_ATTEMPT, testPlan } from "@orchestrator/pipeline/testing";

import type { ModelAnswer, ModelCall } from "./models.ts";
import { settle, until } from "./testing/test-host.ts";
import {
  answer,
  documentFrom,
  MODEL_STEP,
  noSelection,
  open,
  parameter,
  silentUntilStopped,
} from "./testing/test-run.ts";

describe("a run that is taken up again", () => {
  it("fails a lost attempt that cannot be repeated with ATTEMPT_LOST (L51)", async () => {
    const plan = testPlan({
      steps: [
        { ...MODEL_STEP, id: "ask", repeatable: false, parameters: [parameter("prompt", "once")] },
      ],
    });
    let calls = 0;
    const models = {
      select: noSelection,
      generate: () => {
        calls += 1;
        return new Promise<never>(() => {});
      },
    };
    const first = open(plan, { models });
    first.state.assign(first.host);
    await until(() => calls === 1, "the model is asked");
    first.state.revoke({ told: false });
    const second = first.again();
    first.state.assign(second.host);
    await settle(20);
    assert.equal(calls, 1, "it is not asked again (I5)");
    assert.equal(documentFrom(first.state, plan).error_code, "ATTEMPT_LOST");
  });

  it("retries with back-off, suspends for a long one, and goes on under another executor", async () => {
    const attempts = {
      ...ONE_ATTEMPT,
      max: 3,
      backoff: "exponential",
      initialMs: 4_000,
      multiplier: 3,
    } as const;
    const plan = testPlan({
      steps: [{ ...MODEL_STEP, id: "ask", attempts, parameters: [parameter("prompt", "again")] }],
    });
    let calls = 0;
    const models = {
      select: noSelection,
      generate: () => {
        calls += 1;
        return Promise.resolve(
          calls < 3
            ? ({
                kind: "failure",
                code: "MODEL_ERROR",
                message: "busy",
                retryAfterMs: undefined,
                httpStatus: undefined,
                inDoubt: false,
              } as const)
            : answer("done"),
        );
      },
    };
    const { state, host, clock, again } = open(plan, { models });
    state.assign(host);
    await settle();
    assert.equal(calls, 1);
    clock.advance(3_999);
    await settle();
    assert.equal(calls, 1, "it waits");
    clock.advance(1);
    await settle();
    assert.equal(calls, 2);
    assert.equal(state.standing, "suspended", "12 s are too long to hold an executor");
    assert.equal(state.wakeAtMs, 4_000 + 12_000);
    assert.equal(host.heldRuns, 0);
    clock.advance(12_000);
    state.assign(again().host);
    await until(() => state.hasEnded, "the run ends");
    const { steps, status } = documentFrom(state, plan);
    assert.equal(status, "completed");
    assert.equal(steps["ask"]?.retries, 2);
    assert.deepEqual(
      steps["ask"]?.attempt_log.map(({ number, error }) => [number, error]),
      [
        [1, "busy"],
        [2, "busy"],
        [3, null],
      ],
    );
  });

  it("counts an attempt that gives no sign of life as vanished (L92)", async () => {
    const timeouts = { attemptMs: null, totalMs: null, heartbeatMs: 5_000 };
    const parameters = [parameter("prompt", "hello?")];
    const plan = testPlan({ steps: [{ ...MODEL_STEP, id: "ask", timeouts, parameters }] });
    let calls = 0;
    const models = {
      select: noSelection,
      generate: (call: ModelCall, signal: AbortSignal) => {
        calls += 1;
        return calls === 1 ? silentUntilStopped(call, signal) : Promise.resolve(answer("yes"));
      },
    };
    const { state, host, clock } = open(plan, { models });
    state.assign(host);
    await settle();
    clock.advance(5_000);
    await until(() => state.hasEnded, "the run ends");
    assert.ok(state.kinds.includes("attempt_lost ask"));
    assert.equal(documentFrom(state, plan).steps["ask"]?.attempts, 1);
  });

  it("gives its runs back when it drains, after the attempts that cannot simply be repeated", async () => {
    const plan = testPlan({
      steps: [
        { ...MODEL_STEP, id: "once", repeatable: false, parameters: [parameter("prompt", "x")] },
        { ...MODEL_STEP, id: "often", parameters: [parameter("prompt", "y")] },
      ],
    });
    const answers: ((value: ModelAnswer) => void)[] = [];
    const models = {
      select: noSelection,
      generate: (_: ModelCall, signal: AbortSignal) =>
        new Promise<ModelAnswer>((resolve, reject) => {
          answers.push(resolve);
          signal.addEventListener("abort", () => reject(new Error("stopped")));
        }),
    };
    const { state, host } = open(plan, { models });
    state.assign(host);
    await settle();
    assert.equal(host.runningAttempts, 2);
    const drained = host[Symbol.asyncDispose]();
    await settle();
    assert.equal(state.isHeld, true);
    assert.equal(host.runningAttempts, 1);
    answers[0]?.(answer("done"));
    await drained;
    assert.equal(state.isHeld, false);
    assert.equal(state.standing, "ready");
    assert.ok(state.kinds.includes("step_completed once"));
  });

  it("stores its fold now and then, and continues from it", async () => {
    const steps = Array.from({ length: 1_200 }, (_, at) => ({
      id: `s${at}`,
      dependencies: at % 100 === 0 && at > 0 ? [`s${at - 1}`] : [],
    }));
    const plan = testPlan({
      steps: [
        ...steps,
        {
          ...MODEL_STEP,
          id: "ask",
          dependencies: ["s1199"],
          parameters: [parameter("prompt", "x")],
        },
      ],
    });
    let calls = 0;
    const models = {
      select: noSelection,
      generate: () => {
        calls += 1;
        return calls === 1 ? new Promise<never>(() => {}) : Promise.resolve(answer("done"));
      },
    };
    const { state, host, again } = open(plan, { models });
    state.assign(host);
    await until(() => calls === 1, "the chain is done");
    assert.equal(state.snapshots, 1);
    state.revoke({ told: true });
    state.assign(again().host);
    await until(() => state.hasEnded, "the run ends");
    assert.equal(state.standing, "completed");
  });
});
