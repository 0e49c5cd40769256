import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import type { JsonObject } from "@orchestrator/pipeline";
import type { Json } from "@orchestrator/template";

import { runTool } from "../run-tool.ts";
import { type ScratchWorkspace, errorOf, openScratchWorkspace, resultOf } from "../testing.ts";
import type { ToolOutcome } from "../tool.ts";

let scratch: ScratchWorkspace;

const PEOPLE = "id,name,age,city\n1,Ann,30,Bonn\n2,Bob,,Köln\n3,Cyd,41,Bonn\n3,Cyd,41,Bonn\n";
const SALES = [
  { region: "n", product: "a", amount: 10 },
  { region: "s", product: "b", amount: 5 },
  { region: "n", product: "b", amount: 2.5 },
  { region: "n", product: "a", amount: null },
];

describe("data-processing.filter", () => {
  before(async () => {
    scratch = await openScratchWorkspace();
  });
  after(() => scratch[Symbol.asyncDispose]());

  it("keeps CSV as CSV, and counts", async () => {
    const result = await run("filter", {
      data: PEOPLE,
      format: "csv",
      operation: { criteria: { city: "Bonn", age: { gt: "30" } } },
    });
    assert.deepEqual(result, {
      action: "filter",
      processed_data: "id,name,age,city\n3,Cyd,41,Bonn\n3,Cyd,41,Bonn\n",
      data: "id,name,age,city\n3,Cyd,41,Bonn\n3,Cyd,41,Bonn\n",
      row_count: 2,
      output_format: "csv",
      criteria: { city: "Bonn", age: { gt: "30" } },
      original_count: 4,
      filtered_count: 2,
    });
  });

  it("keeps the header of a table that no row is left of", async () => {
    const result = await run("filter", { data: PEOPLE, format: "csv", criteria: { id: 9 } });
    assert.equal(result["processed_data"], "id,name,age,city\n");
  });

  const CELLS: readonly Json[] = ["9", "10", "$1,000", "abc", "true", "2026-01-15", null, ["x", 1]];
  const CASES: readonly (readonly [JsonObject, readonly Json[]])[] = [
    [{ gt: 9 }, ["10", "$1,000", "abc", "true", ["x", 1]]],
    [{ gte: "9", lt: 1000 }, ["9", "10"]],
    [{ eq: "1000" }, ["$1,000"]],
    [{ eq: true }, ["true"]],
    [{ eq: "2026-01-15T00:00:00Z" }, ["2026-01-15"]],
    [{ lt: "2026-02-01" }, ["10", "$1,000", "2026-01-15"]],
    [{ in: [9, "abc"] }, ["9", "abc"]],
    [{ not_in: [9, 10, 1000, "true", "2026-01-15", ["x", 1]] }, ["abc", null]],
    [{ contains: "b" }, ["abc"]],
    [{ contains: "x" }, [["x", 1]]],
    [{ startswith: "1" }, ["10"]],
    [{ endswith: "c" }, ["abc"]],
    [{ between: [9, 10] }, ["9", "10"]],
    [{ exists: false }, [null]],
    [{ ne: 9, exists: true, lte: 10 }, ["10"]],
    [{ regex: "^[a-c]+$" }, ["abc"]],
  ];
  for (const [wanted, expected] of CASES) {
    it(`compares by type: ${JSON.stringify(wanted)} (L194, L195)`, async () => {
      const data = CELLS.map((v) => ({ v }));
      const result = await run("filter", { data, criteria: { v: wanted } });
      assert.deepEqual(
        result["processed_data"],
        expected.map((v) => ({ v })),
      );
    });
  }

  it("takes alternatives, a list of values, and a row expression (L197)", async () => {
    const anyOf = await run("filter", {
      data: SALES,
      criteria: { any_of: [{ amount: { gte: 10 } }, { region: "s" }] },
    });
    assert.equal(anyOf["row_count"], 2);
    assert.equal(
      (await run("filter", { data: SALES, criteria: { product: ["b"] } }))["row_count"],
      2,
    );
    const expressed = await run("filter", {
      data: SALES,
      condition: "product == 'b' and amount > 3",
    });
    assert.deepEqual(expressed["processed_data"], [SALES[1]]);
  });

  it("refuses an operator that there is not, and a row that cannot be computed", async () => {
    const operator = await failure("filter", { data: SALES, criteria: { amount: { gtt: 1 } } });
    assert.equal(operator.code, "PARAMETER_INVALID");
    assert.match(operator.message, /unknown operator gtt; did you mean gt/);
    const row = await failure("filter", { data: SALES, condition: "nothing > 3" });
    assert.equal(row.code, "DATA_FORMAT");
    assert.match(row.message, /^row 1: nothing > 3: /);
    assert.equal((await failure("filter", { data: SALES })).code, "PARAMETER_INVALID");
  });
});

async function run(operation: string, parameters: JsonObject): Promise<JsonObject> {
  return resultOf(await call(operation, parameters));
}

async function failure(operation: string, parameters: JsonObject) {
  return errorOf(await call(operation, parameters));
}

function call(operation: string, parameters: JsonObject): Promise<ToolOutcome> {
  return runTool({ tool: "data-processing", operation, parameters }, scratch.context);
}
