import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { type AttemptPolicy, decodeEvent, type Plan, shownPayload } from "@orchestrator/pipeline";
import { testPlan, type TestStep } from "@orchestrator/pipeline/testing";

import type { SecretSource } from "./secrets.ts";
import { settle, until } from "./testing/test-host.ts";
import {
  answer,
  documentFrom,
  MODEL_STEP,
  models,
  open,
  parameter,
  silentUntilStopped,
  template,
} from "./testing/test-run.ts";

const KEY = "sk-12345-secret";

/** A step that says what it is given, with a secret in it. */
function saying(id: string, source: string, more: Partial<TestStep> = {}): TestStep {
  return {
    id,
    operation: "echo",
    reads: { secrets: ["KEY"], env: [] },
    parameters: [{ ...parameter("message", template(source)), secret: true }],
    ...more,
  };
}

/** Secrets as a deployment has them, with what was asked for. */
function sourceOf(values: Record<string, string>, env: Record<string, string> = {}) {
  const asked: string[][] = [];
  const source: SecretSource = {
    reveal: async (_, names) => {
      asked.push([...names]);
      return {
        values: Object.fromEntries(
          names.flatMap((name) => (values[name] === undefined ? [] : [[name, values[name]]])),
        ),
        unreadable: names.filter((name) => name === "FOREIGN"),
      };
    },
    variable: (name) => env[name],
  };
  return { asked, source };
}

function started(plan: Plan, given: Parameters<typeof open>[1]) {
  const opened = open(plan, given);
  opened.state.assign(opened.host);
  return opened;
}

describe("secrets of a run", () => {
  it("go to the attempt, and into nothing that is recorded (L163, L164)", async () => {
    const prompts: unknown[] = [];
    const { source } = sourceOf({ KEY });
    const ask = {
      ...MODEL_STEP,
      parameters: [{ ...parameter("prompt", template("{{ secrets.KEY }}")), secret: true }],
    };
    const plan = testPlan({
      steps: [
        saying("plain", "use {{ secrets.KEY }}", { keepsParameters: true }),
        saying("coded", "{{ ('u:' ~ secrets.KEY) | b64encode }}"),
        { ...saying("ask", ""), ...ask },
        {
          id: "later",
          operation: "echo",
          dependencies: ["ask"],
          parameters: [parameter("message", template("{{ plain }}"))],
        },
      ],
      outputs: [
        { name: "o", value: template("{{ plain }}"), type: null, schema: null, location: null },
      ],
    });
    const { state } = started(plan, {
      secrets: source,
      models: models(async (call) => {
        prompts.push(call);
        return answer(`you said ${KEY}`);
      }),
    });
    await until(() => state.hasEnded, "the run has ended");
    assert.ok(JSON.stringify(prompts).includes(KEY), "the model was sent it");
    const { steps, outputs } = documentFrom(state, plan);
    assert.deepEqual(
      ["plain", "ask", "later"].map((id) => steps[id]?.value),
      [
        { result: "use ***", success: true, error: null },
        {
          result: "you said ***",
          success: true,
          error: null,
          action: "generate",
          model_used: "small",
        },
        { result: "use ***", success: true, error: null },
      ],
    );
    assert.deepEqual(outputs, { o: "use ***" });
    const stored = state.events
      .map(({ payload }) => Buffer.from(payload).toString("utf8"))
      .join("\n");
    assert.ok(
      !stored.includes(KEY) && !stored.includes(Buffer.from(KEY).toString("base64").slice(4, 12)),
      stored,
    );
  });

  it("are fetched for each attempt, so that a new value is used at once", async () => {
    const values: Record<string, string> = { KEY };
    const { source, asked } = sourceOf(values);
    const seen: unknown[] = [];
    const plan = testPlan({
      steps: [
        {
          ...saying("ask", ""),
          ...MODEL_STEP,
          parameters: [{ ...parameter("prompt", template("{{ secrets.KEY }}")), secret: true }],
          attempts: RETRIED,
        },
      ],
    });
    const { state } = started(plan, {
      secrets: source,
      models: models(async (call) => {
        seen.push(JSON.stringify(call));
        if (seen.length > 1) return answer("done");
        values["KEY"] = "sk-99999-newer";
        return {
          kind: "failure",
          code: "NETWORK",
          message: `refused ${KEY}`,
          retryAfterMs: undefined,
          httpStatus: undefined,
          inDoubt: false,
        };
      }),
    });
    await until(() => state.hasEnded, "the run has ended");
    assert.deepEqual(asked, [["KEY"], ["KEY"]]);
    assert.match(String(seen[1]), /sk-99999-newer/);
    assert.equal(documentFrom(state, plan).steps["ask"]?.attempt_log[0]?.error, "refused ***");
  });

  it("fail the step that misses one, which is not tried again", async () => {
    const { source, asked } = sourceOf({});
    for (const [reads, message] of [
      [{ secrets: ["KEY"], env: [] }, /no secret KEY/],
      [{ secrets: ["FOREIGN"], env: [] }, /another ORCHESTRATOR_SECRET_KEY/],
      [{ secrets: [], env: ["HOME"] }, /no variable HOME/],
    ] as const) {
      const plan = testPlan({ steps: [saying("a", "x", { reads, attempts: RETRIED })] });
      const { state } = started(plan, { secrets: source });
      await until(() => state.hasEnded, "the run has ended");
      const step = documentFrom(state, plan).steps["a"];
      assert.deepEqual([step?.error_code, step?.attempts], ["SECRET_NOT_FOUND", 1]);
      assert.match(step?.error ?? "", message);
    }
    assert.deepEqual(asked, [["KEY"], ["FOREIGN"]]);
  });

  it("are variables of the environment too, as far as the deployment allows them", async () => {
    const { source } = sourceOf({}, { REGION: "eu-central-9" });
    const plan = testPlan({
      steps: [saying("a", "in {{ env.REGION }}", { reads: { secrets: [], env: ["REGION"] } })],
    });
    const { state } = started(plan, { secrets: source });
    await until(() => state.hasEnded, "the run has ended");
    assert.deepEqual(documentFrom(state, plan).steps["a"]?.value, {
      result: "in ***",
      success: true,
      error: null,
    });
  });

  it("hide what they left behind after a takeover too, though only new ones are used", async () => {
    const { source, asked } = sourceOf({ KEY, OTHER: "other-value-77" });
    const plan = testPlan({
      steps: [
        saying("a", "{{ secrets.KEY }}"),
        saying("b", "", {
          ...MODEL_STEP,
          dependencies: ["a"],
          reads: { secrets: ["OTHER"], env: [] },
          parameters: [{ ...parameter("prompt", template("{{ secrets.OTHER }}")), secret: true }],
        }),
      ],
    });
    const { state, again } = started(plan, { secrets: source, models: models(silentUntilStopped) });
    await until(() => state.kinds.includes("step_started b"), "b was asked");
    state.revoke({ told: true });
    const { host } = again({
      secrets: source,
      models: models(async () => answer(`${KEY} and other-value-77`)),
    });
    state.assign(host);
    await until(() => state.hasEnded, "the run has ended");
    assert.deepEqual(asked.at(-1), ["OTHER", "KEY"]);
    const { steps } = documentFrom(state, plan);
    assert.deepEqual(steps["b"]?.value, {
      result: "*** and ***",
      success: true,
      error: null,
      action: "generate",
      model_used: "small",
    });
  });

  it("are waited for while they cannot be reached", async () => {
    const { source } = sourceOf({ KEY });
    let isDown = true;
    const flaky: SecretSource = {
      ...source,
      reveal: async (...given) => {
        if (isDown) throw Object.assign(new Error("unreachable"), { code: 14 });
        return source.reveal(...given);
      },
    };
    const plan = testPlan({ steps: [saying("a", "{{ secrets.KEY }}")] });
    const { state, clock } = started(plan, { secrets: flaky });
    await settle(20);
    assert.equal(state.hasEnded, false);
    isDown = false;
    clock.advance(1_000);
    await until(() => state.hasEnded, "the run has ended");
    assert.equal(documentFrom(state, plan).steps["a"]?.success, true);
  });

  it("leave nothing in parameters that others read, whatever was made of them", async () => {
    const { source } = sourceOf({ KEY });
    const plan = testPlan({
      steps: [
        saying("a", "{{ secrets.KEY | sha256 }}", {
          keepsParameters: true,
          operation: "control_flow",
        }),
        {
          id: "b",
          operation: "echo",
          dependencies: ["a"],
          parameters: [parameter("message", template("{{ a.parameters.message }}"))],
        },
      ],
    });
    const { state } = started(plan, { secrets: source });
    await until(() => state.hasEnded, "the run has ended");
    assert.deepEqual(documentFrom(state, plan).steps["b"]?.value, {
      result: "***",
      success: true,
      error: null,
    });
  });

  it("are asked for by no step that reads none", async () => {
    const { source, asked } = sourceOf({ KEY });
    const plan = testPlan({ steps: [{ id: "a" }] });
    const { state } = started(plan, { secrets: source });
    await settle(20);
    assert.equal(state.hasEnded, true);
    assert.deepEqual(asked, []);
  });
});

describe("what is sensitive in a run (L165)", () => {
  it("is recorded for the run, and marked in events that carry it", async () => {
    const plan: Plan = {
      ...testPlan({
        steps: [
          {
            id: "login",
            operation: "capture_result",
            sensitive: true,
            parameters: [parameter("value", { kind: "literal", value: { token: "tok-7777" } })],
          },
          {
            id: "use",
            operation: "echo",
            dependencies: ["login"],
            parameters: [parameter("message", template("with {{ login.token }}"))],
          },
        ],
      }),
      hides: true,
    };
    const { state } = started(plan, {});
    await until(() => state.hasEnded, "the run has ended");
    const texts = state.events.map(({ payload }) => Buffer.from(payload).toString("utf8"));
    assert.ok(texts.some((text) => text.includes("tok-7777")));
    assert.ok(!texts.map(shownPayload).join("\n").includes("tok-7777"));
    const use = state.events
      .map(decodeEvent)
      .find((event) => "step" in event && event.step === "use");
    assert.ok(use?.kind === "step_completed");
    assert.deepEqual(use.result, { inline: "with tok-7777" });
    const { steps } = documentFrom(state, plan);
    assert.deepEqual(
      [steps["login"]?.value, steps["use"]?.value],
      [
        { result: "***", success: true, error: null },
        { result: "with ***", success: true, error: null },
      ],
    );
  });
});

const RETRIED: AttemptPolicy = {
  max: 3,
  backoff: "none",
  initialMs: 1,
  multiplier: 1,
  incrementMs: 0,
  maxIntervalMs: 1,
  jitter: false,
  retryOn: ["*"],
  noRetryOn: [],
};

describe("fields that a step declares (L35)", () => {
  it("are warned of when its result lacks them", async () => {
    const plan = testPlan({
      steps: [
        {
          id: "a",
          operation: "capture_result",
          outputFields: ["there", "gone"],
          parameters: [parameter("value", { kind: "literal", value: { there: null } })],
        },
      ],
    });
    const { state } = started(plan, {});
    await until(() => state.hasEnded, "the run has ended");
    const { steps, success } = documentFrom(state, plan);
    assert.deepEqual(
      [success, steps["a"]?.warnings.map(({ code, step }) => [code, step])],
      [true, [["missing_output", "a"]]],
    );
  });
});
