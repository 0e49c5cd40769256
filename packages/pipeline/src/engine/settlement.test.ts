import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { RunEvent } from "../events.ts";
import { ONE_ATTEMPT, testPlan, type TestStep } from "../testing/test-plan.ts";
import { apply } from "./apply.ts";
import { openPlan } from "./loaded-plan.ts";
import { locate, openRun, type RunState } from "./run-state.ts";
import { cancelStep, completeStep, failAttempt, loseAttempt, skipStep } from "./settlement.ts";
import { stepError } from "./step-error.ts";

const ENDED = { attempt: 1, startedAtMs: 1_000, durationMs: 5 };
const RAISED = stepError("TIMEOUT", "timeout of 1 s passed", { timedOut: true });
const REPORTED = stepError("FILE_NOT_FOUND", "File not found: x");

function opened(steps: readonly TestStep[]): RunState {
  return openRun(openPlan(testPlan({ steps })));
}

function record(state: RunState, event: RunEvent): void {
  apply(state, { seq: state.seq + 1, atUs: 0, event });
}

function skipsIn(event: RunEvent): object {
  return "skips" in event && event.skips !== undefined
    ? Object.fromEntries(event.skips.map(({ step, reason }) => [step, reason]))
    : {};
}

function failFirst(state: RunState, failure: Parameters<typeof failAttempt>[2]): RunEvent {
  return failAttempt(state, locate(state, "s"), failure);
}

function httpError(status: number): typeof RAISED {
  return stepError("HTTP_STATUS", "no", { status });
}

function lost(step: Partial<TestStep>, times = 0): RunEvent {
  const state = opened([{ id: "s", ...step }]);
  for (let time = 0; time < times; time++) {
    record(state, { kind: "attempt_lost", step: "s", attempt: 1 });
  }
  return loseAttempt(state, locate(state, "s"), { ended: ENDED, jitter: 0 });
}

describe("completeStep", () => {
  const routed: TestStep[] = [
    {
      id: "s",
      routes: [
        { when: "success", target: "d", skips: ["b", "c"] },
        { when: "otherwise", target: "c", skips: ["b"] },
      ],
    },
    { id: "b", waitsFor: ["s"] },
    { id: "c", waitsFor: ["s"] },
    { id: "d", waitsFor: ["s"] },
  ];

  it("skips what a route leads past (L84, L85)", () => {
    const event = completeStep(locate(opened(routed), "s"), { ended: ENDED, given: {} });
    assert.deepEqual(skipsIn(event), { b: "routed", c: "routed" });
  });

  it("skips the else branch that is not needed, and takes `goto` only when nothing else fired (L42, L84)", () => {
    const steps = [
      {
        ...routed[0],
        id: "s",
        routes: [{ when: "otherwise", target: "d", skips: ["c"] } as const],
        elseSteps: ["b"],
      },
      ...routed.slice(1),
    ];
    const event = completeStep(locate(opened(steps), "s"), { ended: ENDED, given: {} });
    assert.deepEqual(skipsIn(event), { b: "else_not_needed", c: "routed" });
    assert.deepEqual(
      skipsIn(skipStep(locate(opened(steps), "s"), 1)),
      {},
      "a false condition runs the else branch, and no goto",
    );
  });

  it("names a step that is skipped already again only for a stronger reason", () => {
    const state = opened(routed);
    record(state, { kind: "step_skipped", step: "b", reason: "dependency_failed", atMs: 1 });
    assert.deepEqual(skipsIn(completeStep(locate(state, "s"), { ended: ENDED, given: {} })), {
      c: "routed",
    });
  });
});

describe("failAttempt", () => {
  it("completes a step whose action reports the failure, and fails one that raised it (L81)", () => {
    const state = opened([{ id: "s" }]);
    const given = { result: { inline: 1 } };
    const reported = failFirst(state, { ended: ENDED, error: REPORTED, given, jitter: 0 });
    assert.deepEqual(reported, {
      kind: "step_completed",
      step: "s",
      ...ENDED,
      ...given,
      error: REPORTED,
    });
    const raised = failFirst(state, { ended: ENDED, error: RAISED, jitter: 0 });
    assert.deepEqual(raised, { kind: "step_failed", step: "s", ...ENDED, error: RAISED });
  });

  it("raises every failure of a model", () => {
    const limited = stepError("RATE_LIMITED", "slow down");
    const state = opened([{ id: "s", nature: "model" }]);
    assert.equal(failFirst(state, { ended: ENDED, error: limited, jitter: 0 }).kind, "step_failed");
  });

  it("makes another attempt after the back-off of L89, with what the provider asks for as a lower bound", () => {
    const attempts = {
      ...ONE_ATTEMPT,
      max: 4,
      backoff: "exponential",
      initialMs: 1_000,
      multiplier: 2,
      jitter: true,
      maxIntervalMs: 60_000,
    } as const;
    const state = opened([{ id: "s", attempts }]);
    const waitAfter = (attempt: number, error = RAISED, jitter = 1): number | undefined => {
      const event = failFirst(state, { ended: { ...ENDED, attempt }, error, jitter });
      return event.kind === "attempt_failed" ? event.waitMs : undefined;
    };
    assert.deepEqual(
      [1, 2, 3, 4].map((attempt) => waitAfter(attempt)),
      [1_000, 2_000, 4_000, undefined],
    );
    assert.equal(waitAfter(1, RAISED, 0), 500);
    assert.equal(waitAfter(1, stepError("NETWORK", "x", { retryAfterMs: 7_000 })), 7_000);
    assert.equal(waitAfter(1, stepError("NETWORK", "x", { retryAfterMs: 90_000 })), 60_000);
  });

  it("retries only what the policy names and L103 lets be retried (L90)", () => {
    const kindFor = (retryOn: string[], error: typeof RAISED, noRetryOn: string[] = []): string => {
      const attempts = { ...ONE_ATTEMPT, max: 2, retryOn, noRetryOn };
      return failFirst(opened([{ id: "s", attempts }]), { ended: ENDED, error, jitter: 0 }).kind;
    };
    assert.equal(kindFor(["TimeoutError"], RAISED), "attempt_failed");
    assert.equal(kindFor(["OSError"], REPORTED), "attempt_failed", "a supertype");
    assert.equal(kindFor(["OSError"], RAISED), "step_failed");
    assert.equal(kindFor(["*"], RAISED, ["TIMEOUT"]), "step_failed");
    assert.equal(kindFor(["*"], stepError("PATH_DENIED", "x")), "step_failed", "never retried");
    assert.equal(kindFor(["503"], httpError(503)), "attempt_failed");
    assert.equal(kindFor(["*"], httpError(404)), "step_completed");
  });

  it("fails with a time-out when the total leaves no time for the wait (L91)", () => {
    const attempts = { ...ONE_ATTEMPT, max: 3, backoff: "constant", initialMs: 2_000 } as const;
    const timeouts = { attemptMs: null, totalMs: 2_000, heartbeatMs: null };
    const event = failFirst(opened([{ id: "s", attempts, timeouts }]), {
      ended: ENDED,
      error: REPORTED,
      jitter: 0,
    });
    assert.equal(event.kind, "step_failed");
    assert.ok(
      "error" in event &&
        event.error?.code === "TIMEOUT" &&
        event.error.message.includes("File not found: x"),
    );
  });

  it("stops the run under `fail`, and skips transitive dependents under `skip` (L83)", () => {
    const steps: TestStep[] = [
      { id: "s" },
      { id: "b", dependencies: ["s"] },
      { id: "c", dependencies: ["b"], elseSteps: ["e"] },
      { id: "d", waitsFor: ["s"] },
      { id: "e", dependencies: ["c"], elseOf: "c" },
    ];
    const state = opened(steps);
    const event = failFirst(state, { ended: ENDED, error: RAISED, jitter: 0 });
    assert.deepEqual(skipsIn(event), {});
    record(state, event);
    assert.equal(state.root.halted, true);
    const skipping = opened([{ id: "s", onFailure: "skip" }, ...steps.slice(1)]);
    assert.deepEqual(skipsIn(failFirst(skipping, { ended: ENDED, error: RAISED, jitter: 0 })), {
      b: "dependency_failed",
      c: "dependency_failed",
      e: "dependency_failed",
    });
  });

  it("goes on by the route of a failure, whatever the policy (L84)", () => {
    const route = { when: "failure", target: "c", skips: ["b"] } as const;
    const state = opened([
      { id: "s", routes: [route] },
      { id: "b", waitsFor: ["s"] },
      { id: "c", waitsFor: ["s"] },
    ]);
    const event = failFirst(state, { ended: ENDED, error: RAISED, jitter: 0 });
    assert.deepEqual(skipsIn(event), { b: "routed" });
    record(state, event);
    assert.equal(state.root.halted, false);
  });
});

describe("loseAttempt", () => {
  it("repeats what may be repeated, under the same number, but not for ever (L51, I10)", () => {
    assert.deepEqual(lost({}), { kind: "attempt_lost", step: "s", attempt: 1 });
    assert.equal(lost({}, 2).kind, "attempt_lost");
    assert.equal(lost({}, 3).kind, "step_failed");
  });

  it("fails what may not, and retries it only when the policy says so by name", () => {
    const attempts = { ...ONE_ATTEMPT, max: 2 };
    assert.equal(lost({ repeatable: false, attempts }).kind, "step_failed");
    const named = { ...attempts, retryOn: ["ATTEMPT_LOST"] };
    assert.equal(lost({ repeatable: false, attempts: named }).kind, "attempt_failed");
  });
});

describe("cancelStep", () => {
  it("settles the step as cancelled, which is no failure", () => {
    const state = opened([{ id: "s" }]);
    record(state, cancelStep(locate(state, "s"), { ended: ENDED, reason: "enough" }));
    assert.equal(locate(state, "s").record.status, "cancelled");
    assert.deepEqual(state.root.failures, []);
  });
});
