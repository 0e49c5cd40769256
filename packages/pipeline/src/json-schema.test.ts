import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { openSchema } from "./json-schema.ts";

function problems(schema: object | boolean, value: string | number | object): readonly string[] {
  const opened = openSchema(JSON.parse(JSON.stringify(schema)));
  assert.ok(opened.kind === "schema", JSON.stringify(opened));
  return opened.problems(JSON.parse(JSON.stringify(value)));
}

describe("openSchema", () => {
  it("names the field and the rule (L34)", () => {
    const schema = {
      $schema: "http://json-schema.org/draft-07/schema#",
      $id: "same",
      type: "object",
      required: ["k"],
      properties: { k: { enum: ["a"] } },
      additionalProperties: false,
    };
    assert.deepEqual(problems(schema, { k: "b", x: 1 }), [
      "must NOT have additional properties: x",
      'k must be equal to one of the allowed values: ["a"]',
    ]);
    assert.deepEqual(problems({ ...schema, title: "another with the same id" }, { k: "a" }), []);
  });

  it("reads booleans as schemas (L34)", () => {
    assert.deepEqual(problems(true, 1), []);
    assert.deepEqual(problems(false, 1).length, 1);
  });

  it("matches patterns in linear time, and refuses those that cannot be (L67)", () => {
    assert.deepEqual(
      problems({ type: "string", pattern: "^(a+)+$" }, `${"a".repeat(5_000)}!`).length,
      1,
    );
    assert.equal(openSchema({ type: "string", pattern: "(?=x)y" }).kind, "refused");
  });

  it("refuses what is no schema (L34)", () => {
    assert.equal(openSchema({ type: "thing" }).kind, "refused");
    assert.equal(openSchema("text").kind, "refused");
  });
});
