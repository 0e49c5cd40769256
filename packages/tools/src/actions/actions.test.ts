import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import type { JsonObject } from "@orchestrator/pipeline";
import type { Json } from "@orchestrator/template";

import { runTool } from "../run-tool.ts";
import { type ScratchWorkspace, openScratchWorkspace } from "../testing.ts";

let scratch: ScratchWorkspace;

describe("actions (L185)", () => {
  before(async () => {
    scratch = await openScratchWorkspace();
  });
  after(() => scratch[Symbol.asyncDispose]());

  it("echo gives the text of its message", async () => {
    assert.equal(await run("echo", { message: "hi" }), "hi");
    assert.equal(await run("echo", {}), "");
    assert.equal(await run("echo", { message: false }), "False");
  });

  it("set gives the new values", async () => {
    assert.deepEqual(await run("set", { variables: { a: 1, b: [2] } }), { a: 1, b: [2] });
  });

  it("calculate computes expressions, one after the other", async () => {
    assert.equal(await run("calculate", { expression: "a * 2 + b", inputs: { a: "3", b: 1 } }), 7);
    const named = { expressions: { double: "n * 2", next: "double + 1" }, inputs: { n: 4 } };
    assert.deepEqual(await run("calculate", named), { double: 8, next: 9 });
  });

  it("process makes fields of expressions over data, and over what JSON text says", async () => {
    const spec = {
      n: "data.n + 1",
      names: ["data.list[0]"],
      deep: { last: "data.list[-1] | upper" },
      is: true,
    };
    assert.deepEqual(
      await run("process", { data: { n: 1, list: ["a", "b"] }, transform_spec: spec }),
      {
        n: 2,
        names: ["a"],
        deep: { last: "B" },
        is: true,
      },
    );
    const text = { data: '{"n": 3}', transform_spec: { n: "parsed_data.n * 2", was: "data" } };
    assert.deepEqual(await run("process", text), { n: 6, was: '{"n": 3}' });
    const plain = { data: "no JSON", transform_spec: { same: "parsed_data" } };
    assert.deepEqual(await run("process", plain), { same: "no JSON" });
    const wrong = { data: {}, transform_spec: { x: "data.gone + 1" } };
    assert.equal(await code("process", wrong), "DATA_FORMAT");
    assert.equal(
      await code("process", { ...wrong, transform_spec: { x: "1 +" } }),
      "PARAMETER_INVALID",
    );
  });

  it("calculate gives figures of numbers", async () => {
    const values = [4, "1", 10];
    const figures = ["sum", "mean", "min", "max", "count", "median", "product"];
    const found = await Promise.all(
      figures.map((operation) => run("calculate", { operation, values })),
    );
    assert.deepEqual(found, [15, 5, 1, 10, 3, 4, 40]);
    assert.equal(await run("calculate", { operation: "sum", inputs: { a: 1, b: 2 } }), 3);
    assert.equal(await code("calculate", { operation: "sum", values: [1, "x"] }), "DATA_FORMAT");
    assert.equal(await code("calculate", {}), "PARAMETER_INVALID");
  });

  it("calculate puts numbers together under a label, and sets variables", async () => {
    assert.deepEqual(
      await run("calculate", { operation: "budget", inputs: { a: 1, b: "2", c: "x" } }),
      {
        operation: "budget",
        a: 1,
        b: 2,
        total: 3,
        count: 2,
      },
    );
    assert.deepEqual(
      await run("calculate", { operation: "update_variables", variables: { a: 1 } }),
      {
        a: 1,
      },
    );
  });

  it("count_words counts what a text consists of", async () => {
    assert.deepEqual(await run("count_words", { text: "Pi is 3.14. Really?\nYes — 😀\n" }), {
      count: 7,
      words: 7,
      characters: 28,
      lines: 2,
      sentences: 3,
    });
    assert.deepEqual(await run("count_words", { text: "" }), {
      count: 0,
      words: 0,
      characters: 0,
      lines: 0,
      sentences: 0,
    });
  });

  it("evaluate_condition gives the verdict", async () => {
    assert.deepEqual(await run("evaluate_condition", { condition: true }), {
      result: true,
      condition: true,
    });
    assert.deepEqual(await run("evaluate_condition", { condition: "1 < 0" }), {
      result: false,
      condition: "1 < 0",
    });
    assert.equal(
      await code("evaluate_condition", { condition: "unknown_name > 1" }),
      "CONDITION_ERROR",
    );
  });

  it("the others leave a mark, or give their value", async () => {
    assert.deepEqual(await run("control_flow", {}), { action: "control_flow" });
    assert.deepEqual(await run("capture_result", { value: [1] }), [1]);
  });

  it("does nothing once the attempt is over", async () => {
    const outcome = await runTool(
      { tool: null, operation: "echo", parameters: {} },
      { ...scratch.context, signal: AbortSignal.abort() },
    );
    assert.equal(outcome.kind === "failed" && outcome.error.code, "CANCELLED");
  });
});

async function run(operation: string, parameters: JsonObject): Promise<Json> {
  const outcome = await runTool({ tool: null, operation, parameters }, scratch.context);
  assert.ok(outcome.kind === "done", JSON.stringify(outcome));
  return outcome.result;
}

async function code(operation: string, parameters: JsonObject) {
  const outcome = await runTool({ tool: null, operation, parameters }, scratch.context);
  return outcome.kind === "failed" ? outcome.error.code : undefined;
}
