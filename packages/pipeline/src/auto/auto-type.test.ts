import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { readAutoAnswer } from "./auto-prompt.ts";
import type { AutoType } from "./auto-type.ts";

const NUMBER: AutoType = { type: { kind: "number" }, min: 1, max: 3 };
const TEXT: AutoType = { type: { kind: "string" } };
const LIST: AutoType = { type: { kind: "array" }, max: 2, choices: ["a", "b"] };

describe("readAutoAnswer", () => {
  const fits: readonly (readonly [string, AutoType, unknown])[] = [
    ["2.5", NUMBER, 2.5],
    ["```json\n2\n```", NUMBER, 2],
    [' "two words" ', TEXT, "two words"],
    ["'it' and 'that'", TEXT, "'it' and 'that'"],
    ["`code`", TEXT, "code"],
    ["YES", { type: { kind: "boolean" } }, true],
    ['["B", "a"]', LIST, ["b", "a"]],
    ['{"a": 1}', { type: { kind: "object" } }, { a: 1 }],
    ["high", { type: { kind: "enum", values: ["Low", "High"] } }, "High"],
    ["5m", { type: { kind: "duration" } }, "5m"],
  ];
  for (const [text, wanted, value] of fits) {
    it(`reads ${JSON.stringify(text)} as ${wanted.type.kind} (L126, L128)`, () => {
      assert.deepEqual(readAutoAnswer(text, wanted), { kind: "fits", value });
    });
  }

  const misfits: readonly (readonly [string, AutoType, RegExp])[] = [
    ["about 2", NUMBER, /must be a number/],
    ["4", NUMBER, /must be at most 3, not 4/],
    ["0.5", NUMBER, /must be at least 1, not 0.5/],
    ["a", LIST, /must be a JSON list/],
    ['["a", "c"]', LIST, /must be one of a, b/],
    ['["a", "a", "b"]', LIST, /its length must be at most 2, not 3/],
    ["abc", { ...TEXT, max: 2 }, /its length must be at most 2/],
    ["[1]", { type: { kind: "object" } }, /must be an object/],
  ];
  for (const [text, wanted, message] of misfits) {
    it(`refuses ${JSON.stringify(text)} as ${wanted.type.kind} (L126)`, () => {
      const read = readAutoAnswer(text, wanted);
      assert.ok(read.kind === "misfit", JSON.stringify(read));
      assert.match(read.message, message);
    });
  }
});
