import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import type { ConditionField } from "@orchestrator/pipeline";
import { testPlan } from "@orchestrator/pipeline/testing";

import { settle, until } from "./testing/test-host.ts";
import {
  answer,
  documentFrom,
  MODEL_STEP,
  noSelection,
  open,
  parameter,
  silentUntilStopped,
  template,
} from "./testing/test-run.ts";
import { openWorkspaces } from "./workspace/open-workspaces.ts";

let scratch = "";
before(async () => {
  scratch = await mkdtemp(join(tmpdir(), "run-host-loops-"));
});
after(() => rm(scratch, { recursive: true, force: true }));

function condition(source: string): ConditionField {
  return { source, path: "condition", line: 1, column: 1 };
}

const ASK = { ...MODEL_STEP, id: "ask", parameters: [parameter("prompt", template("{{ item }}"))] };

describe("loops of a run", () => {
  it("asks for each item once, also when its executor vanishes in the middle (L110, I5)", async () => {
    const plan = testPlan({
      steps: [
        {
          kind: "loop",
          id: "each",
          source: { kind: "literal", value: ["a", "b", "c"] },
          filter: condition("item != 'b'"),
          body: [{ ...ASK, repeatable: true }],
        },
      ],
    });
    const asked: string[] = [];
    let answers = 1;
    const models = {
      select: noSelection,
      generate: ({ callId }: { callId: string }) => {
        asked.push(callId.slice(callId.indexOf("/") + 1));
        answers -= 1;
        return answers >= 0 ? Promise.resolve(answer("yes")) : new Promise<never>(() => {});
      },
    };
    const first = open(plan, { models });
    first.state.assign(first.host);
    await until(() => asked.length === 2, "the third item is asked for");
    first.state.revoke({ told: false });
    answers = 10;
    const second = first.again();
    first.state.assign(second.host);
    await until(() => first.state.hasEnded, "the run ends");
    const { steps, status } = documentFrom(first.state, plan);
    assert.equal(status, "completed");
    assert.deepEqual(asked, ["each_0_ask/1/1", "each_2_ask/1/1", "each_2_ask/1/1"]);
    assert.deepEqual(
      Object.values(steps).map(({ id, status: of, parent, iteration }) => [
        id,
        of,
        parent,
        iteration,
      ]),
      [
        ["each", "completed", null, null],
        ["each_0_ask", "completed", "each", 0],
        ["each_1_ask", "skipped", "each", 1],
        ["each_2_ask", "completed", "each", 2],
      ],
    );
  });

  it("stops what runs in a loop whose time is up, and goes on with what follows (L91, L118)", async () => {
    const plan = testPlan({
      steps: [
        {
          kind: "loop",
          id: "each",
          onFailure: "continue",
          timeouts: { attemptMs: 2_000, totalMs: null, heartbeatMs: null },
          body: [ASK],
        },
        { id: "after", dependencies: ["each"] },
      ],
    });
    const { state, host, clock } = open(plan, {
      models: { select: noSelection, generate: silentUntilStopped },
    });
    state.assign(host);
    await settle(20);
    clock.advance(2_000);
    await until(() => state.hasEnded, "the run ends");
    const { steps } = documentFrom(state, plan);
    assert.deepEqual(
      [steps["each"]?.error_code, steps["each"]?.timed_out, steps["each_0_ask"]?.status],
      ["TIMEOUT", true, "cancelled"],
    );
    assert.equal(steps["after"]?.status, "completed");
  });

  it("writes what the last steps of a loop gave to its location, and holds its result to a schema (L33, L34)", async () => {
    const body = [
      { id: "say", operation: "echo", parameters: [parameter("message", template("{{ item }}"))] },
    ];
    const source = { kind: "literal", value: ["one", "two"] } as const;
    const plan = testPlan({
      steps: [
        {
          kind: "loop",
          id: "kept",
          source,
          location: { kind: "literal", value: "out/" },
          produces: "markdown",
          body,
        },
        {
          kind: "loop",
          id: "misfit",
          source,
          outputSchema: { properties: { count: { const: 3 } } },
          body: [{ id: "other", operation: "echo", parameters: [parameter("message", "x")] }],
        },
      ],
    });
    const { state, host } = open(plan, { workspaces: openWorkspaces({ scratch }) });
    state.assign(host);
    await until(() => state.hasEnded, "the run ends");
    const { artifacts, steps } = documentFrom(state, plan);
    assert.equal(steps["kept"]?.location, "out/kept.md");
    assert.deepEqual(
      artifacts.map(({ path, size, step }) => [path, size, step]),
      [["out/kept.md", "one\n\ntwo".length, "kept"]],
    );
    assert.equal(steps["misfit"]?.error_code, "OUTPUT_SCHEMA");
  });
});
