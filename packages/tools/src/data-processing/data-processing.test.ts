import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
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

describe("data-processing", () => {
  before(async () => {
    scratch = await openScratchWorkspace();
  });
  after(() => scratch[Symbol.asyncDispose]());

  describe("data-processing, reading (L191)", () => {
    it("takes rows, an object with rows, text of every format, and a file", async () => {
      const rows = [{ a: 1 }, { a: 2 }];
      await writeFile(join(scratch.root, "rows.csv"), "a\n1\n2\n");
      const sources: readonly (readonly [Json, JsonObject, Json])[] = [
        [rows, {}, rows],
        ['[{"a": 1}, {"a": 2}]', {}, rows],
        ['{"a": 1}\n\n{"a": 2}\n', { format: "jsonl", output_format: "json" }, rows],
        ["- a: 1\n- a: 2\n", { format: "yaml", output_format: "json" }, rows],
        ["a\tb\n1\t2\n", { format: "tsv", output_format: "json" }, [{ a: "1", b: "2" }]],
        ["rows.csv", { output_format: "json" }, [{ a: "1" }, { a: "2" }]],
        [{ records: rows, note: "kept" }, {}, { records: rows, note: "kept" }],
        [{ a: 1 }, {}, [{ a: 1 }]],
      ];
      for (const [data, parameters, expected] of sources) {
        const result = await run("limit", { data, n: 10, ...parameters });
        assert.deepEqual(result["processed_data"], expected, JSON.stringify(data));
      }
    });

    it("says what it did beside the payload, which is text in the format asked for and native for json (L193)", async () => {
      const csv = await run("limit", { data: PEOPLE, format: "csv", n: 1 });
      assert.deepEqual(
        { action: csv["action"], row_count: csv["row_count"], output_format: csv["output_format"] },
        { action: "limit", row_count: 1, output_format: "csv" },
      );
      assert.equal(typeof csv["processed_data"], "string");
      assert.equal(csv["data"], csv["processed_data"]);
      const json = await run("limit", { data: PEOPLE, format: "csv", output_format: "json", n: 1 });
      assert.ok(Array.isArray(json["processed_data"]));
    });

    it("unwraps what it gave before", async () => {
      const first = await run("filter", {
        data: PEOPLE,
        format: "csv",
        criteria: { city: "Bonn" },
      });
      const second = await run("limit", { data: first, n: 1 });
      assert.equal(second["processed_data"], "id,name,age,city\n1,Ann,30,Bonn\n");
    });

    it("takes text that looks like CSV for CSV, and masks no error of other text", async () => {
      const guessed = await run("limit", { data: "a,b\n1,2\n3,4\n", n: 1 });
      assert.deepEqual(
        [guessed["processed_data"], guessed["output_format"]],
        ["a,b\n1,2\n", "csv"],
      );
      const broken = await failure("limit", { data: '{"a": 1', n: 1 });
      assert.equal(broken.code, "DATA_FORMAT");
      assert.match(broken.message, /^not JSON: /);
      assert.equal(
        (await failure("limit", { data: [1, { a: 1 }], n: 1 })).message,
        "row 1 is not an object",
      );
      assert.equal((await failure("limit", { data: "none.csv", n: 1 })).code, "DATA_FORMAT");
      assert.equal((await failure("limit", { data: "../x.csv", n: 1 })).code, "PATH_DENIED");
    });
  });

  describe("data-processing, other operations (L195)", () => {
    it("profiles columns", async () => {
      const values = [1, 2, 3, 4, 5, 6, 7, 100].map((n, i) => ({
        n: String(n),
        t: i === 0 ? "" : "x",
      }));
      const result = await run("profile", { data: values, format: "csv" });
      assert.deepEqual(result["columns"], {
        n: {
          name: "n",
          missing_count: 0,
          missing_percentage: 0,
          data_type: "numeric",
          min: 1,
          max: 100,
          mean: 16,
          median: 4.5,
          std_dev: 34,
          outlier_count: 1,
          outlier_percentage: 12.5,
          unique_count: 8,
          unique_percentage: 100,
        },
        t: {
          name: "t",
          missing_count: 1,
          missing_percentage: 12.5,
          data_type: "string",
          min: null,
          max: null,
          mean: null,
          median: null,
          std_dev: null,
          outlier_count: 0,
          outlier_percentage: 0,
          unique_count: 1,
          unique_percentage: 12.5,
        },
      });
      const { columns, row_count, column_count, duplicate_rows, duplicate_percentage } = result;
      const facts = { row_count, column_count, columns, duplicate_rows, duplicate_percentage };
      assert.deepEqual(result["processed_data"], facts);
      assert.deepEqual([row_count, column_count, duplicate_rows], [8, 2, 0]);
    });

    it("pivots values into columns", async () => {
      const one = await run("pivot", {
        data: SALES,
        index: ["region"],
        columns: ["product"],
        values: ["amount"],
      });
      assert.deepEqual(one["processed_data"], [
        { region: "n", a: 10, b: 2.5 },
        { region: "s", a: 0, b: 5 },
      ]);
      const two = await run("pivot", {
        data: SALES,
        index: ["product"],
        columns: ["region"],
        values: ["amount", "region"],
        aggfunc: "count",
        fill_value: "-",
      });
      assert.deepEqual(two["processed_data"], [
        { product: "a", n_amount: 1, n_region: 2, s_amount: "-", s_region: "-" },
        { product: "b", n_amount: 1, n_region: 1, s_amount: 1, s_region: 1 },
      ]);
    });

    it("cleans duplicates and gaps", async () => {
      const dropped = await run("clean", { data: PEOPLE, format: "csv" });
      assert.equal(dropped["processed_data"], "id,name,age,city\n1,Ann,30,Bonn\n3,Cyd,41,Bonn\n");
      assert.deepEqual(
        [dropped["original_shape"], dropped["cleaned_shape"], dropped["rows_removed"]],
        [[4, 4], [2, 4], 2],
      );
      const gaps = [{ v: null }, { v: 1 }, { v: null }, { v: null }, { v: 4 }, { v: null }];
      const expected: readonly (readonly [string, readonly Json[]])[] = [
        ["forward_fill", [null, 1, 1, 1, 4, 4]],
        ["backward_fill", [1, 1, 4, 4, 4, null]],
        ["interpolate", [null, 1, 2, 3, 4, null]],
        ["mean", [2.5, 1, 2.5, 2.5, 4, 2.5]],
        ["keep", [null, 1, null, null, 4, null]],
      ];
      for (const [how, cells] of expected) {
        const result = await run("clean", {
          data: gaps,
          remove_duplicates: false,
          handle_missing: how,
        });
        assert.deepEqual(
          result["processed_data"],
          cells.map((v) => ({ v })),
          how,
        );
      }
      const outliers = await run("clean", {
        data: [1, 2, 3, 4, 5, 6, 7, 100].map((v) => ({ v })),
        remove_outliers: true,
      });
      assert.equal(outliers["row_count"], 7);
    });

    it("merges by combining and by joining", async () => {
      const people = {
        name: "people",
        data: [
          { id: 1, n: "a" },
          { id: 2, n: "b" },
        ],
      };
      const orders = { name: "orders", data: "id,n\n1,x\n1.0,y\n3,z\n" };
      const combined = await run("merge", { datasets: [people, { name: "fact", data: { k: 1 } }] });
      assert.deepEqual(combined["processed_data"], [
        { _source: "people", id: 1, n: "a" },
        { _source: "people", id: 2, n: "b" },
        { _source: "fact", value: { k: 1 } },
      ]);
      const join = async (type: string) =>
        (
          await run("merge", {
            datasets: [people, orders],
            merge_strategy: "join",
            join_on: "id",
            join_type: type,
            format: "csv",
          })
        )["processed_data"];
      assert.equal(await join("inner"), "id,n,n_orders\n1,a,x\n1,a,y\n");
      assert.equal(await join("left"), "id,n,n_orders\n1,a,x\n1,a,y\n2,b,\n");
      assert.equal(await join("right"), "id,n,n_orders\n1,a,x\n1,a,y\n3,,z\n");
      assert.equal(await join("outer"), "id,n,n_orders\n1,a,x\n1,a,y\n2,b,\n3,,z\n");
      assert.equal(
        (await failure("merge", { datasets: [people], merge_strategy: "join" })).code,
        "PARAMETER_INVALID",
      );
    });

    it("sorts by type and leaves empty cells last", async () => {
      const data = ["10", "", "9", "$1,000"].map((v) => ({ v }));
      const up = await run("sort", { data, by: "v" });
      assert.deepEqual(
        up["processed_data"],
        ["9", "10", "$1,000", ""].map((v) => ({ v })),
      );
      const down = await run("sort", { data, by: ["v"], ascending: false });
      assert.deepEqual(
        down["processed_data"],
        ["$1,000", "10", "9", ""].map((v) => ({ v })),
      );
    });

    it("selects and drops columns that there are", async () => {
      const selected = await run("select", {
        data: PEOPLE,
        format: "csv",
        columns: ["city", "id"],
      });
      assert.deepEqual(selected["columns"], ["city", "id"]);
      const dropped = await run("drop", { data: PEOPLE, format: "csv", columns: ["city", "id"] });
      assert.deepEqual(dropped["columns"], ["name", "age"]);
      assert.equal((await failure("select", { data: SALES, columns: ["x"] })).code, "DATA_FORMAT");
    });

    it("converts, with the text in data (L195)", async () => {
      const rows = [
        { a: 1, b: "x|y" },
        { a: null, b: [true] },
      ];
      const texts: readonly (readonly [string, string])[] = [
        ["json", JSON.stringify(rows, null, 2)],
        ["csv", "a,b\n1,x|y\n,[true]\n"],
        ["tsv", "a\tb\n1\tx|y\n\t[true]\n"],
        ["jsonl", '{"a":1,"b":"x|y"}\n{"a":null,"b":[true]}\n'],
        ["markdown", "| a | b |\n| --- | --- |\n| 1 | x\\|y |\n|  | [true] |\n"],
        ["yaml", "- a: 1\n  b: x|y\n- a: null\n  b:\n    - true\n"],
      ];
      for (const [format, text] of texts) {
        const result = await run("convert", { data: rows, target_format: format });
        assert.equal(result["data"], text);
        assert.deepEqual(result["processed_data"], format === "json" ? rows : text);
        assert.deepEqual([result["target_format"], result["original_type"]], [format, "array"]);
      }
      const object = await run("convert", { data: '{"a": {"b": 1}}', output_format: "yaml" });
      assert.equal(object["data"], "a:\n  b: 1\n");
    });

    it("keeps columns named like parts of objects", async () => {
      const data = '[{"__proto__": 1, "constructor": 2}, {"a": 3}]';
      const result = await run("convert", { data, output_format: "csv" });
      assert.equal(result["data"], "__proto__,constructor,a\n1,2,\n,,3\n");
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
