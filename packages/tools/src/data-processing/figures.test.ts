import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import type { JsonObject } from "@orchestrator/pipeline";

import { runTool } from "../run-tool.ts";
import { type ScratchWorkspace, errorOf, openScratchWorkspace, resultOf } from "../testing.ts";
import type { ToolOutcome } from "../tool.ts";

let scratch: ScratchWorkspace;

const SALES = [
  { region: "n", product: "a", amount: 10 },
  { region: "s", product: "b", amount: 5 },
  { region: "n", product: "b", amount: 2.5 },
  { region: "n", product: "a", amount: null },
];

describe("data-processing, figures and changes", () => {
  before(async () => {
    scratch = await openScratchWorkspace();
  });
  after(() => scratch[Symbol.asyncDispose]());

  describe("data-processing.aggregate", () => {
    it("gives a row of figures for every group, by first appearance (L195)", async () => {
      const result = await run("aggregate", {
        data: SALES,
        group_by: ["region"],
        aggregations: {
          total: { column: "amount", function: "sum" },
          product: "count_distinct",
          amount: ["avg", "median"],
          rows: { function: "count" },
        },
      });
      assert.deepEqual(result["processed_data"], [
        {
          region: "n",
          total: 12.5,
          product_count_distinct: 2,
          amount_avg: 6.25,
          amount_median: 6.25,
          rows: 3,
        },
        {
          region: "s",
          total: 5,
          product_count_distinct: 1,
          amount_avg: 5,
          amount_median: 5,
          rows: 1,
        },
      ]);
    });

    it("gives one object without groups, and null where there is no number", async () => {
      const result = await run("aggregate", {
        data: SALES,
        aggregations: { amount: "stddev", region: "sum", product: "max" },
      });
      const { processed_data: figures, count, aggregations } = result;
      assert.deepEqual(figures, { count: 4, aggregations });
      assert.equal(count, 4);
      assert.ok(typeof aggregations === "object" && aggregations !== null);
      const [deviation, ...rest] = Object.values(aggregations);
      assert.ok(Math.abs(Number(deviation) - 3.818813079129867) < 1e-12);
      assert.deepEqual(rest, [null, "b"]);
    });

    it("refuses a function or a column that there is not", async () => {
      const word = await failure("aggregate", { data: SALES, aggregations: { amount: "summ" } });
      assert.equal(word.message, "unknown function summ; did you mean sum?");
      assert.equal(
        (await failure("aggregate", { data: SALES, group_by: ["x"] })).code,
        "DATA_FORMAT",
      );
    });
  });

  describe("data-processing.transform (L196)", () => {
    it("applies changes in order", async () => {
      const result = await run("transform", {
        data: "id,qty,price,day\n1,2,1.5,2026-01-15\n1,2,1.5,2026-01-15\n2,,4,2026-02-01\n",
        format: "csv",
        output_format: "json",
        operations: [
          { type: "deduplicate", columns: ["id"] },
          { type: "cast", columns: { qty: "integer", price: "float", day: "datetime" } },
          { type: "fill_missing", strategy: { qty: 1, status: "new" } },
          {
            type: "calculate",
            expressions: { total: "qty * price", month: "DATE_FORMAT(day, '%Y-%m')" },
          },
          { type: "rename_fields", mapping: { id: "key" } },
          { type: "add_field", field: "source", value: "shop" },
          { type: "drop", columns: ["price", "day"] },
          { type: "sort", by: "total", ascending: false },
        ],
      });
      assert.deepEqual(result["processed_data"], [
        { key: "2", qty: 1, status: "new", total: 4, month: "2026-02", source: "shop" },
        { key: "1", qty: 2, status: "new", total: 3, month: "2026-01", source: "shop" },
      ]);
    });

    it("takes one change without a list", async () => {
      const result = await run("transform", {
        data: [{ v: 1 }, { v: 3 }, { v: 2 }],
        operation: { type: "normalize", method: "min-max" },
      });
      assert.deepEqual(result["processed_data"], [{ v: 0 }, { v: 1 }, { v: 0.5 }]);
    });

    it("ends with figures", async () => {
      const result = await run("transform", {
        data: SALES,
        operations: [
          { type: "filter", field: "region", value: "n" },
          { type: "aggregate", operation: "sum", field: "amount" },
        ],
      });
      assert.deepEqual(result["aggregation"], { operation: "sum", field: "amount", result: 12.5 });
      assert.equal(Array.isArray(result["filtered_records"]), true);
    });

    it("fails, empties or keeps what cannot be cast", async () => {
      const change = { type: "cast", columns: { v: "integer" } };
      const data = [{ v: "7" }, { v: "x" }];
      const failed = await failure("transform", { data, operations: [change] });
      assert.equal(failed.message, "row 2: v: x is no integer");
      const nulled = await run("transform", { data, operations: [{ ...change, errors: "null" }] });
      assert.deepEqual(nulled["processed_data"], [{ v: 7 }, { v: null }]);
      const kept = await run("transform", { data, operations: [{ ...change, errors: "keep" }] });
      assert.deepEqual(kept["processed_data"], [{ v: 7 }, { v: "x" }]);
    });

    it("refuses a type that there is not, with the nearest", async () => {
      const { message } = await failure("transform", {
        data: SALES,
        operations: [{ type: "filtre" }],
      });
      assert.match(message, /unknown_operation.*filtre; did you mean filter/);
    });
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
