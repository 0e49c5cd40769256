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

  it("ends checks of schemas that refer to themselves too often, however they do (L67)", () => {
    for (const reference of ["$ref", "$dynamicRef", "$recursiveRef"]) {
      const twice = { allOf: [{ [reference]: "#" }, { [reference]: "#" }] };
      const [problem = ""] = problems({ properties: { a: twice } }, nested(60));
      assert.match(problem, /^cannot be checked: the schema refers to itself/, reference);
    }
  });

  it("does not say that a text that is too large for a pattern does not match it (L67)", () => {
    const pattern = `^(${"a?".repeat(400)}b)*$`;
    const [problem = ""] = problems({ pattern }, "b".repeat(1_000_000));
    assert.match(problem, /^cannot be checked: pattern .*too large together/);
  });

  it("refuses what is no schema (L34)", () => {
    assert.equal(openSchema({ type: "thing" }).kind, "refused");
    assert.equal(openSchema("text").kind, "refused");
  });
});

function nested(levels: number): object {
  let value = {};
  for (let level = 0; level < levels; level += 1) {
    value = { a: value };
  }
  return value;
}
