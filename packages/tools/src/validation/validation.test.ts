import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import type { JsonObject } from "@orchestrator/pipeline";

import { runTool } from "../run-tool.ts";
import { type ScratchWorkspace, openScratchWorkspace, resultOf } from "../testing.ts";
import type { ToolOutcome } from "../tool.ts";

let scratch: ScratchWorkspace;

const ITEM = {
  type: "object",
  properties: {
    id: { type: "string", pattern: "^A-[0-9]{2}$" },
    n: { type: "integer", minimum: 1 },
  },
  required: ["id"],
};

describe("validation.validate", () => {
  before(async () => {
    scratch = await openScratchWorkspace();
  });
  after(() => scratch[Symbol.asyncDispose]());

  it("tells the patterns of one schema apart (L199)", async () => {
    const properties = { a: { pattern: "^[0-9]+$" }, b: { pattern: "^[a-z]+$" } };
    const result = await run({ data: [{ a: "12", b: "xy" }], schema: { properties } });
    assert.deepEqual(result["errors"], []);
  });

  it("says of every row what does not fit (L199)", async () => {
    const result = await run({ data: [{ id: "A-01", n: 1 }, { id: "B", n: 0 }, {}], schema: ITEM });
    assert.deepEqual(result, {
      valid: false,
      errors: [
        {
          message: '/id must match pattern "^A-[0-9]{2}$"',
          path: "/id",
          schema_path: "#/properties/id/pattern",
          instance: "B",
          validator: "pattern",
          validator_value: "^A-[0-9]{2}$",
          row: 2,
        },
        {
          message: "/n must be >= 1",
          path: "/n",
          schema_path: "#/properties/n/minimum",
          instance: 0,
          validator: "minimum",
          validator_value: 1,
          row: 2,
        },
        {
          message: "must have required property 'id'",
          path: "",
          schema_path: "#/required",
          instance: {},
          validator: "required",
          validator_value: ["id"],
          row: 3,
        },
      ],
      warnings: [],
      data: [{ id: "A-01", n: 1 }, { id: "B", n: 0 }, {}],
      mode: "strict",
      rows_validated: 3,
    });
  });

  it("coerces and warns in lenient mode", async () => {
    const data = "id,n\nA-01,7\nA-02,x\n";
    const strict = await run({ data, format: "csv", schema: ITEM });
    assert.equal(strict["valid"], false);
    const lenient = await run({
      data,
      format: "csv",
      schema: ITEM,
      validation_level: "permissive",
    });
    assert.equal(lenient["mode"], "lenient");
    assert.deepEqual(lenient["data"], [
      { id: "A-01", n: 7 },
      { id: "A-02", n: "x" },
    ]);
    assert.deepEqual(lenient["warnings"], [
      { message: '/n "7" was read as 7', path: "/n", row: 1, instance: "7", value: 7 },
    ]);
    assert.equal(count(lenient, "errors"), 1);
    const nested = await run({
      data: { a: [{ b: 1 }, { b: "yes" }], "c/d": "true" },
      schema: {
        type: "object",
        properties: {
          a: { type: "array", items: { properties: { b: { type: "string" } } } },
          "c/d": { type: "boolean" },
        },
      },
      mode: "lenient",
    });
    assert.deepEqual(nested["data"], { a: [{ b: "1" }, { b: "yes" }], "c/d": true });
    assert.equal(nested["valid"], true);
  });

  it("reports only, when asked to", async () => {
    const result = await run({ data: [{}], schema: ITEM, mode: "report_only" });
    assert.deepEqual(
      [result["valid"], count(result, "errors"), count(result, "warnings")],
      [true, 0, 1],
    );
  });

  it("fails on invalid data only when asked to, and then with its result", async () => {
    const outcome = await call({ data: [{}], schema: ITEM, fail_on_invalid: true });
    assert.ok(outcome.kind === "failed" && outcome.result !== undefined);
    assert.equal(outcome.error.code, "DATA_FORMAT");
    assert.match(outcome.error.message, /1 errors: must have required property 'id'/);
  });

  it("checks a list as a whole when the schema is for lists, and what is no table as it is", async () => {
    const list = await run({ data: [1, 2, 3], schema: { type: "array", maxItems: 2 } });
    assert.deepEqual([list["valid"], list["rows_validated"]], [false, 1]);
    const items = await run({ data: [1, "x"], schema: { type: "integer" } });
    assert.deepEqual([count(items, "errors"), items["rows_validated"]], [1, 2]);
    const whole = { properties: { rows: { minItems: 2 } } };
    assert.equal((await run({ data: { rows: [{}] }, schema: whole }))["valid"], false);
    assert.equal(
      (await run({ data: "plain", schema: { type: "string", maxLength: 3 } }))["valid"],
      false,
    );
  });

  it("reads files, and knows formats and drafts", async () => {
    await writeFile(join(scratch.root, "d.json"), '[{"m": "x@y.zz"}, {"m": "no"}]');
    const email = { properties: { m: { format: "email" } } };
    assert.equal(count(await run({ data: "d.json", schema: email }), "errors"), 1);
    const seven = {
      $schema: "http://json-schema.org/draft-07/schema#",
      items: [{ type: "integer" }],
      type: "array",
    };
    assert.equal((await run({ data: ["x"], schema: seven }))["valid"], false);
    const nineteen = { $schema: "https://json-schema.org/draft/2019-09/schema", type: "object" };
    assert.equal((await run({ data: { a: 1 }, schema: nineteen }))["valid"], true);
    const tuple = { type: "array", prefixItems: [{ type: "integer" }] };
    assert.equal((await run({ data: ["x"], schema: tuple }))["valid"], false);
  });

  it("refuses a schema that is wrong, leads outside, or is too deep", async () => {
    const refused: readonly (readonly [JsonObject, string])[] = [
      [{ type: "strng" }, "PARAMETER_INVALID"],
      [{ $ref: "https://example.com/x.json" }, "PARAMETER_INVALID"],
      [{ $schema: "http://json-schema.org/draft-04/schema#" }, "PARAMETER_INVALID"],
      [deep(70), "LIMIT_EXCEEDED"],
    ];
    for (const [schema, code] of refused) {
      const outcome = await call({ data: [{}], schema });
      assert.equal(
        outcome.kind === "failed" && outcome.error.code,
        code,
        JSON.stringify(schema).slice(0, 80),
      );
    }
  });

  it("ends where a schema refers to itself too often, in every dialect (L67)", async () => {
    const dialects = [
      "https://json-schema.org/draft/2020-12/schema",
      "https://json-schema.org/draft/2019-09/schema",
      "http://json-schema.org/draft-07/schema#",
    ];
    for (const $schema of dialects) {
      const outcome = await call({ data: [1], schema: { $schema, ...doubling(40) } });
      assert.ok(outcome.kind === "failed" && outcome.error.code === "LIMIT_EXCEEDED", $schema);
      assert.match(outcome.error.message, /refers to itself without end, or too often/);
    }
  });

  it("tells duplicates of many items quickly, whatever the order of keys", async () => {
    const items: JsonObject[] = Array.from({ length: 20_000 }, (_, i) => ({ i, j: 1 }));
    const schema = { type: "array", uniqueItems: true };
    assert.equal((await run({ data: items, schema }))["valid"], true);
    const result = await run({ data: [...items, { j: 1, i: 0 }], schema });
    assert.equal(result["valid"], false);
  });

  it("takes a schema for what it says, not for how Ajv would run it", async () => {
    const result = await run({ data: ["x"], schema: { $async: true, type: "integer" } });
    assert.equal(result["valid"], false);
  });

  it("lists a bounded number of errors, and says that there are more (L218)", async () => {
    const result = await run({ data: Array.from({ length: 1500 }, () => ({})), schema: ITEM });
    assert.deepEqual(
      [count(result, "errors"), result["truncated"], result["valid"]],
      [1000, true, false],
    );
  });
});

function deep(levels: number): JsonObject {
  return levels === 0 ? {} : { not: deep(levels - 1) };
}

/** Each definition refers to the next one twice. */
function doubling(levels: number): JsonObject {
  const names = Array.from({ length: levels }, (_, i) => `d${i}`);
  const definitions = names.map((name, i) => {
    const next = { $ref: `#/definitions/${names[i + 1] ?? "end"}` };
    return [name, { allOf: [next, next] }] as const;
  });
  return {
    definitions: { ...Object.fromEntries(definitions), end: {} },
    $ref: "#/definitions/d0",
  };
}

async function run(parameters: JsonObject): Promise<JsonObject> {
  return resultOf(await call(parameters));
}

function count(result: JsonObject, name: string): number {
  const list = result[name];
  return Array.isArray(list) ? list.length : -1;
}

function call(parameters: JsonObject): Promise<ToolOutcome> {
  return runTool({ tool: "validation", operation: "validate", parameters }, scratch.context);
}
