import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { InputDeclaration } from "../plan.ts";
import { readInputWords } from "./command-line.ts";

function declared(name: string, kind: "string" | "array" | "integer"): InputDeclaration {
  return { name, type: { kind }, required: false, description: null, template: false, checks: {} };
}

const DECLARATIONS = [declared("s", "string"), declared("l", "array"), declared("n", "integer")];

describe("readInputWords", () => {
  it("reads JSON where it parses, else text (L23)", () => {
    assert.deepEqual(readInputWords(["a=1", "b=[1, 2]", "c=plain = text", "d="], DECLARATIONS), {
      kind: "read",
      inputs: { a: 1, b: [1, 2], c: "plain = text", d: "" },
    });
  });

  it("keeps the raw text of a string unless it is a quoted one (L23)", () => {
    assert.deepEqual(readInputWords(["s=007"], DECLARATIONS), {
      kind: "read",
      inputs: { s: "007" },
    });
    assert.deepEqual(readInputWords(['s="quoted"'], DECLARATIONS), {
      kind: "read",
      inputs: { s: "quoted" },
    });
  });

  it("splits the text of an array at commas (L23)", () => {
    assert.deepEqual(readInputWords(["l=a, b"], DECLARATIONS), {
      kind: "read",
      inputs: { l: ["a", "b"] },
    });
  });

  it("refuses a word without = (L23)", () => {
    assert.deepEqual(readInputWords(["nonsense"], DECLARATIONS), {
      kind: "refused",
      message: "an input is name=value, not nonsense",
    });
  });
});
