import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import {
  apply,
  decodeEvent,
  documentOf,
  type Field,
  openPlan,
  openRun,
  type Plan,
  type PlanParameter,
  type ResultDocument,
} from "@orchestrator/pipeline";
import { ONE_ATTEMPT, testPlan, type TestStep } from "@orchestrator/pipeline/testing";

import type { ModelAnswer, ModelCall } from "./models.ts";
import { runIdText } from "./run-id.ts";
import { ManualClock } from "./testing/manual-clock.ts";
import { MemoryState } from "./testing/memory-state.ts";
import { settle, testHost, until } from "./testing/test-host.ts";
import { openWorkspaces } from "./workspace/open-workspaces.ts";
import type { Workspaces } from "./workspaces.ts";

let scratch = "";
before(async () => {
  scratch = await mkdtemp(join(tmpdir(), "run-host-"));
});
after(() => rm(scratch, { recursive: true, force: true }));

function template(source: string): Field {
  return { kind: "template", source, path: "parameters.x", line: 1, column: 1 };
}

function parameter(
  name: string,
  field: Field | string,
  type: PlanParameter["type"] = { kind: "any" },
): PlanParameter {
  const value: Field = typeof field === "string" ? { kind: "literal", value: field } : field;
  return { name, type, required: true, field: value };
}

function write(id: string, path: string, content: Field | string): TestStep {
  return {
    id,
    tool: "filesystem",
    operation: "write",
    parameters: [parameter("path", path, { kind: "path" }), parameter("content", content)],
  };
}

function open(
  plan: Plan,
  given: Parameters<typeof testHost>[1] extends infer G ? Partial<G> : never = {},
) {
  const clock = new ManualClock();
  const state = new MemoryState({ plan }, () => clock.monotonicMs());
  const hosting = { clock, ...given };
  return { clock, state, plan, ...testHost(state, hosting), again: () => testHost(state, hosting) };
}

function workspaces(): Workspaces {
  return openWorkspaces({ scratch });
}

function documentFrom(state: MemoryState, plan: Plan): ResultDocument {
  const folded = openRun(openPlan(plan));
  for (const { seq, atUs, ...stored } of state.events) {
    apply(folded, { seq, atUs, event: decodeEvent(stored) });
  }
  const status = folded.end?.status ?? "running";
  return documentOf(folded, { runId: runIdText(state.runId), status });
}

function answer(text: string): ModelAnswer {
  return {
    kind: "answer",
    text,
    model: "small",
    provider: "test",
    inputTokens: 3,
    outputTokens: 2,
    costNanoUsd: 1_500_000,
    latencyMs: 1,
    finishReason: "stop",
    recorded: false,
    choiceReason: "",
  };
}

const MODEL_STEP: Partial<TestStep> = { operation: "generate", nature: "model", announces: true };

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

  it("fails a step whose reference resolves to nothing before it does anything (L55)", async () => {
    const plan = testPlan({
      steps: [
        {
          id: "make",
          operation: "capture_result",
          parameters: [parameter("value", { kind: "literal", value: { a: 1 } })],
        },
        { ...write("save", "out.txt", template("{{ make.b }}")), dependencies: ["make"] },
      ],
    });
    const { state, host } = open(plan, { workspaces: workspaces() });
    state.assign(host);
    await until(() => state.hasEnded, "the run ends");
    const { steps, status, error_code } = documentFrom(state, plan);
    assert.equal(status, "failed");
    assert.equal(error_code, "TEMPLATE_UNRESOLVED");
    assert.match(steps["save"]?.error ?? "", /filesystem.*make\.b/);
    assert.equal(state.blobs.size, 0);
  });

  it("captures what a step writes, and gives it to whoever takes the run up", async () => {
    const plan = testPlan({
      steps: [
        write("save", "out/a.txt", "hello"),
        {
          ...MODEL_STEP,
          id: "ask",
          dependencies: ["save"],
          parameters: [parameter("prompt", "go on?")],
        },
        {
          id: "load",
          tool: "filesystem",
          operation: "read",
          dependencies: ["ask"],
          parameters: [parameter("path", "out/a.txt", { kind: "path" })],
        },
      ],
    });
    const calls: ModelCall[] = [];
    const first = open(plan, {
      workspaces: workspaces(),
      models: {
        generate: (call, signal) =>
          new Promise((_, reject) => {
            calls.push(call);
            signal.addEventListener("abort", () => reject(new Error("stopped")));
          }),
      },
    });
    const { state, clock } = first;
    state.assign(first.host);
    await until(() => calls.length === 1, "the model is asked");
    state.revoke({ told: false });
    const models = {
      generate: (call: ModelCall) => {
        calls.push(call);
        return Promise.resolve(answer("yes"));
      },
    };
    const second = testHost(state, { clock, workspaces: workspaces(), models });
    state.assign(second.host);
    await until(() => state.hasEnded, "the run ends");
    const { steps, status, artifacts } = documentFrom(state, plan);
    assert.equal(status, "completed");
    assert.deepEqual(
      calls.map(({ callId }) => callId),
      Array(2).fill(`${runIdText(state.runId)}/ask/1/1`),
      "the same call (I11)",
    );
    assert.ok(state.kinds.includes("attempt_lost ask"));
    const read = steps["load"]?.value;
    assert.ok(typeof read === "object" && read !== null && "result" in read);
    assert.equal(JSON.stringify(read.result).includes("hello"), true);
    assert.deepEqual(
      artifacts.map(({ path, size, step }) => ({ path, size, step })),
      [{ path: "out/a.txt", size: 5, step: "save" }],
    );
    assert.deepEqual(steps["ask"]?.usage, { input_tokens: 3, output_tokens: 2, cost_usd: 0.0015 });
    assert.equal(steps["ask"]?.attempts, 1);
  });

  it("fails a lost attempt that cannot be repeated with ATTEMPT_LOST (L51)", async () => {
    const plan = testPlan({
      steps: [
        { ...MODEL_STEP, id: "ask", repeatable: false, parameters: [parameter("prompt", "once")] },
      ],
    });
    let calls = 0;
    const models = {
      generate: () => {
        calls += 1;
        return new Promise<never>(() => {});
      },
    };
    const first = open(plan, { models });
    first.state.assign(first.host);
    await until(() => calls === 1, "the model is asked");
    first.state.revoke({ told: false });
    const second = testHost(first.state, { clock: first.clock, models });
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

  it("times an attempt out, and says so", async () => {
    const timeouts = { attemptMs: 1_000, totalMs: null, heartbeatMs: null };
    const plan = testPlan({
      steps: [{ ...MODEL_STEP, id: "ask", timeouts, parameters: [parameter("prompt", "slow")] }],
    });
    const models = {
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
      models: { generate: () => new Promise<never>(() => {}) },
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

  it("stores large results and payloads beside the log, and reads through them", async () => {
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

  it("gives its runs back when it drains, after the attempts that cannot simply be repeated", async () => {
    const plan = testPlan({
      steps: [
        { ...MODEL_STEP, id: "once", repeatable: false, parameters: [parameter("prompt", "x")] },
        { ...MODEL_STEP, id: "often", parameters: [parameter("prompt", "y")] },
      ],
    });
    const open_: ((value: ModelAnswer) => void)[] = [];
    const models = {
      generate: () =>
        new Promise<ModelAnswer>((resolve) => {
          open_.push(resolve);
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
    open_[0]?.(answer("done"));
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

  it("lets host programs work on a copy of a private workspace, and takes over what they changed", async () => {
    const command = parameter(
      "command",
      "cat in.txt > out.txt && rm in.txt && mkdir -p d && echo 2 > d/more.txt",
    );
    const plan = testPlan({
      steps: [
        write("before", "in.txt", "1"),
        {
          id: "program",
          tool: "terminal",
          operation: "execute",
          nature: "program",
          announces: true,
          repeatable: false,
          dependencies: ["before"],
          parameters: [command],
        },
        {
          id: "list",
          tool: "filesystem",
          operation: "list",
          dependencies: ["program"],
          parameters: [
            parameter("path", ".", { kind: "path" }),
            parameter("recursive", { kind: "literal", value: true }),
          ],
        },
      ],
    });
    const { state, host } = open(plan, { workspaces: workspaces() });
    state.assign(host);
    await until(() => state.hasEnded, "the run ends");
    const { artifacts, steps, status } = documentFrom(state, plan);
    assert.equal(status, "completed", JSON.stringify(steps["program"]));
    assert.deepEqual(
      artifacts.map(({ path }) => path),
      ["d/more.txt", "in.txt", "out.txt"],
    );
    assert.match(JSON.stringify(steps["list"]?.value), /"files":\["\.\/d\/more\.txt","\.\/out\.txt"\]/);
  });

  it("works in the current directory itself when it is an embedded command's", async () => {
    const directory = await mkdtemp(join(scratch, "cwd-"));
    const plan = testPlan({ steps: [write("save", "made.txt", "here")] });
    const { state, host } = open(plan, {
      workspaces: openWorkspaces({ scratch, currentDirectory: directory }),
    });
    state.assign(host);
    await until(() => state.hasEnded, "the run ends");
    assert.equal(await readFile(join(directory, "made.txt"), "utf8"), "here");
    assert.deepEqual(
      documentFrom(state, plan).artifacts.map(({ path }) => path),
      ["made.txt"],
    );
  });
});
