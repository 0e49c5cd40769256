import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { testPlan } from "@orchestrator/pipeline/testing";

import type { ModelCall } from "./models.ts";
import { settle, until } from "./testing/test-host.ts";
import {
  documentFrom,
  MODEL_STEP,
  noSelection,
  open,
  parameter,
  template,
} from "./testing/test-run.ts";

describe("createRunHost", () => {
  it("runs a chain to its end, each step after the commit of the one before (I4)", async () => {
    const steps = [{ id: "a" }, { id: "b", dependencies: ["a"] }, { id: "c", dependencies: ["b"] }];
    const { state, host, troubles } = open(testPlan({ steps }));
    state.isAutomatic = false;
    state.assign(host);
    for (await settle(); !state.hasEnded; await settle()) {
      assert.ok(state.waiting > 0, "something is to be committed");
      state.commitNext();
    }
    assert.deepEqual(state.kinds, [
      "run_created",
      "run_started",
      "step_completed a",
      "step_completed b",
      "step_completed c",
      "run_finished",
    ]);
    assert.deepEqual(troubles.broke, []);
    assert.equal(host.heldRuns, 0);
  });

  it("passes results on with their type, and evaluates outputs when all is settled", async () => {
    const plan = testPlan({
      steps: [
        {
          id: "make",
          operation: "capture_result",
          parameters: [parameter("value", { kind: "literal", value: [1, 2] })],
        },
        {
          id: "say",
          operation: "echo",
          dependencies: ["make"],
          parameters: [parameter("message", template("{{ make[1] + 1 }} of {{ make }}"))],
        },
      ],
      outputs: [
        { name: "list", value: template("{{ make }}"), type: null, schema: null, location: null },
        {
          name: "said",
          value: template("{{ outputs.list | length }}: {{ say }}"),
          type: null,
          schema: null,
          location: null,
        },
      ],
    });
    const { state, host } = open(plan);
    state.assign(host);
    await settle(20);
    const { outputs, status } = documentFrom(state, plan);
    assert.equal(status, "completed");
    assert.deepEqual(outputs, { list: [1, 2], said: "2: 3 of [1, 2]" });
  });

  it("times an attempt out, and says so", async () => {
    const timeouts = { attemptMs: 1_000, totalMs: null, heartbeatMs: null };
    const plan = testPlan({
      steps: [{ ...MODEL_STEP, id: "ask", timeouts, parameters: [parameter("prompt", "slow")] }],
    });
    const models = {
      select: noSelection,
      generate: (_: ModelCall, signal: AbortSignal) =>
        new Promise<never>((_, reject) => {
          signal.addEventListener("abort", () => reject(new Error("stopped")));
        }),
    };
    const { state, host, clock } = open(plan, { models });
    state.assign(host);
    await settle();
    clock.advance(1_000);
    await settle();
    const { steps, status } = documentFrom(state, plan);
    assert.equal(status, "failed");
    assert.deepEqual([steps["ask"]?.error_type, steps["ask"]?.timed_out], ["TimeoutError", true]);
    assert.match(steps["ask"]?.error ?? "", /timeout/);
  });

  it("gives an attempt that does not stop up after ten seconds (L94)", async () => {
    const plan = testPlan({
      steps: [
        { ...MODEL_STEP, id: "ask", parameters: [parameter("prompt", "deaf")] },
        { id: "after", dependencies: ["ask"] },
      ],
    });
    const { state, host, clock } = open(plan, {
      models: { select: noSelection, generate: () => new Promise<never>(() => {}) },
    });
    state.assign(host);
    await settle();
    state.cancel("enough");
    await settle();
    clock.advance(9_999);
    await settle();
    assert.equal(state.hasEnded, false);
    clock.advance(1);
    await settle();
    const { steps, status } = documentFrom(state, plan);
    assert.equal(status, "cancelled");
    assert.equal(steps["ask"]?.status, "cancelled");
    assert.equal(steps["after"]?.skip_reason, "cancelled");
  });

  it("takes a message in that came before its end was committed (I6)", async () => {
    const plan = testPlan({ steps: [{ id: "a" }] });
    const { state, host } = open(plan);
    state.isAutomatic = false;
    state.assign(host);
    await settle();
    state.commitNext();
    state.commitNext();
    await settle();
    assert.equal(state.waiting, 1, "the end is on its way");
    state.cancel("too late?");
    for (await settle(); state.waiting > 0; await settle()) {
      state.commitNext();
    }
    assert.equal(state.standing, "cancelled");
    assert.equal(documentFrom(state, plan).steps["a"]?.status, "completed");
  });

  it("stops the run at its deadline (L93)", async () => {
    const plan = testPlan({
      timeoutMs: 60_000,
      steps: [
        { ...MODEL_STEP, id: "ask", parameters: [parameter("prompt", "slow")] },
        { id: "after", dependencies: ["ask"] },
      ],
    });
    const models = {
      select: noSelection,
      generate: (_: ModelCall, signal: AbortSignal) =>
        new Promise<never>((_, reject) => {
          signal.addEventListener("abort", () => reject(new Error("stopped")));
        }),
    };
    const { state, host, clock } = open(plan, { models });
    state.assign(host);
    await settle();
    clock.advance(60_000);
    await settle();
    const { steps, status, error_code } = documentFrom(state, plan);
    assert.deepEqual([status, error_code], ["failed", "RUN_TIMEOUT"]);
    assert.deepEqual(
      [steps["ask"]?.status, steps["after"]?.skip_reason],
      ["cancelled", "run_timeout"],
    );
  });

  it("stores large results and payloads beside the log, and reads through them (L178)", async () => {
    const big = "x".repeat(100_000);
    const middle = "y".repeat(20_000);
    const plan = testPlan({
      steps: [
        { id: "big", operation: "capture_result", parameters: [parameter("value", big)] },
        {
          id: "middle",
          operation: "capture_result",
          dependencies: ["big"],
          parameters: [parameter("value", middle)],
        },
        {
          id: "count",
          operation: "capture_result",
          dependencies: ["big", "middle"],
          parameters: [parameter("value", template("{{ (big | length) + (middle | length) }}"))],
        },
      ],
    });
    const { state, host, clock } = open(plan);
    state.outages = 2;
    state.assign(host);
    await until(() => state.outages < 2, "the store is tried");
    await settle();
    assert.equal(state.hasEnded, false, "the run waits for the store");
    clock.advance(100);
    await settle();
    clock.advance(200);
    await until(() => state.hasEnded, "the run ends");
    const { steps, status } = documentFrom(state, plan);
    assert.equal(status, "completed");
    assert.match(
      JSON.stringify(steps["big"]?.value),
      /"\$blob":"sha256:[0-9a-f]{64}","size":100002/,
    );
    assert.equal(JSON.stringify(steps["middle"]?.value).includes(middle), true);
    assert.equal(JSON.stringify(steps["count"]?.value).includes("120000"), true);
  });

  it("starts nothing while attempts may not start, and goes on when they may", async () => {
    let isOpen = false;
    const callbacks: (() => void)[] = [];
    const plan = testPlan({ steps: [{ id: "a" }] });
    const { state, host } = open(plan, {
      fence: { mayStart: () => isOpen, onOpen: (callback) => callbacks.push(callback) },
    });
    state.assign(host);
    await settle();
    assert.deepEqual(state.kinds, ["run_created", "run_started"]);
    isOpen = true;
    for (const callback of callbacks) {
      callback();
    }
    await settle();
    assert.equal(state.standing, "completed");
  });
});
