import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { ONE_ATTEMPT, testPlan, type TestStep } from "@orchestrator/pipeline/testing";

import type { ModelCall } from "./models.ts";
import { runIdText } from "./run-id.ts";
import { ManualClock } from "./testing/manual-clock.ts";
import { MemoryState } from "./testing/state-in-memory.ts";
import { testHost, until } from "./testing/test-host.ts";
import {
  answer,
  documentFrom,
  MODEL_STEP,
  noSelection,
  open,
  parameter,
  template,
  write,
} from "./testing/test-run.ts";
import { openWorkspaces } from "./workspace/open-workspaces.ts";
import type { Workspaces } from "./workspaces.ts";

let scratch = "";
before(async () => {
  scratch = await mkdtemp(join(tmpdir(), "run-host-"));
});
after(() => rm(scratch, { recursive: true, force: true }));

function workspaces(): Workspaces {
  return openWorkspaces({ scratch });
}

const THREE = { ...ONE_ATTEMPT, max: 3 };

function stored(path: string) {
  return { path, size: 1, sha256: "00" };
}

function glob(text: string, optional: boolean): NonNullable<TestStep["artifacts"]>[number] {
  return { glob: { kind: "literal", value: text }, optional };
}

describe("files of a run", () => {
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

  it("fails at once for a file that has no place in the workspace, and names it as it was given", async () => {
    const plan = testPlan({ steps: [{ ...write("save", "out.txt", "x"), attempts: THREE }] });
    for (const [path, says] of [
      ["../../x", "File has no place in its folder: ../../x"],
      [`in/${"n".repeat(300)}`, `Name is too long: in/${"n".repeat(300)}`],
    ] as const) {
      const clock = new ManualClock();
      const created = { kind: "run_created", inputs: {}, files: [stored(path)] } as const;
      const state = new MemoryState({ plan, created }, () => clock.monotonicMs());
      state.blobs.set(stored(path).sha256, Buffer.from("x"));
      const { host, troubles } = testHost(state, { clock, workspaces: workspaces() });
      state.assign(host);
      await until(() => state.hasEnded, "the run ends");
      const { status, error_code, steps } = documentFrom(state, plan);
      assert.deepEqual([status, error_code], ["failed", "PATH_DENIED"]);
      assert.deepEqual([steps["save"]?.attempts, steps["save"]?.error], [1, says]);
      assert.equal(troubles.troubled.length, 1);
    }
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
        select: noSelection,
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
      select: noSelection,
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
    assert.equal(JSON.stringify(read["result"]).includes("hello"), true);
    assert.deepEqual(
      artifacts.map(({ path, size, step }) => ({ path, size, step })),
      [{ path: "out/a.txt", size: 5, step: "save" }],
    );
    assert.deepEqual(steps["ask"]?.usage, { input_tokens: 3, output_tokens: 2, cost_usd: 0.0015 });
    assert.equal(steps["ask"]?.attempts, 1);
  });

  it("counts what a model was asked for an answer that does not fit (L130, L143)", async () => {
    const plan = testPlan({
      steps: [
        {
          ...MODEL_STEP,
          id: "ask",
          parameters: [parameter("prompt", "go on?")],
          attempts: { ...ONE_ATTEMPT, max: 2 },
          outputSchema: { const: "yes" },
        },
      ],
    });
    let calls = 0;
    const models = {
      select: noSelection,
      generate: () => {
        calls += 1;
        return Promise.resolve(answer(calls === 1 ? "no" : "yes"));
      },
    };
    const { state, host } = open(plan, { workspaces: workspaces(), models });
    state.assign(host);
    await until(() => state.hasEnded, "the run ends");
    const { steps, status } = documentFrom(state, plan);
    assert.equal(status, "completed");
    assert.deepEqual(steps["ask"]?.usage, { input_tokens: 6, output_tokens: 4, cost_usd: 0.003 });
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
    assert.match(
      JSON.stringify(steps["list"]?.value),
      /"files":\["\.\/d\/more\.txt","\.\/out\.txt"\]/,
    );
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

  it("writes what an action gives to its location, and warns of a tool that left nothing there (L33)", async () => {
    const location = { kind: "literal", value: "out/" } as const;
    const command = parameter("command", "true");
    const plan = testPlan({
      steps: [
        {
          id: "say",
          operation: "echo",
          location,
          produces: "a markdown note",
          parameters: [parameter("message", "hello")],
        },
        {
          id: "program",
          tool: "terminal",
          operation: "execute",
          nature: "program",
          location: { kind: "literal", value: "nothing.txt" },
          parameters: [command],
        },
      ],
    });
    const { state, host } = open(plan, { workspaces: workspaces() });
    state.assign(host);
    await until(() => state.hasEnded, "the run ends");
    const { artifacts, steps, warnings, status } = documentFrom(state, plan);
    assert.equal(status, "completed");
    assert.equal(steps["say"]?.location, "out/say.md");
    assert.deepEqual(
      artifacts.map(({ path, size }) => [path, size]),
      [["out/say.md", 5]],
    );
    assert.deepEqual(
      warnings.map(({ code, step }) => [code, step]),
      [["location_missing", "program"]],
    );
  });

  it("collects what `artifacts` names, and fails when that is not there (L36)", async () => {
    const plan = testPlan({
      steps: [
        {
          ...write("save", "out/a.txt", "1"),
          artifacts: [glob("out/*.txt", false), glob("*.md", true)],
        },
        {
          ...write("more", "b.txt", "2"),
          dependencies: ["save"],
          artifacts: [glob("*.csv", false)],
        },
      ],
    });
    const { state, host } = open(plan, { workspaces: workspaces() });
    state.assign(host);
    await until(() => state.hasEnded, "the run ends");
    const { steps, error_code } = documentFrom(state, plan);
    assert.equal(steps["save"]?.success, true);
    assert.deepEqual([steps["more"]?.status, error_code], ["completed", "ARTIFACT_MISSING"]);
  });
});
