import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { type Compilation, compile } from "./compile.ts";
import { isValid, validationJson, validationText } from "./validation.ts";

function compilationOf(text: string): Compilation {
  const spec = {
    name: "noop",
    aliases: [],
    description: "Nothing.",
    parameters: [],
    result: { kind: "any" },
    nature: "deterministic",
    repeatable: true,
  } as const;
  const catalogue = { tools: [], actions: [{ name: "noop", aliases: [], operation: spec }] };
  return compile(text, { bundle: [], catalogue });
}

const GOOD =
  "name: Good One\nsteps: [{id: a, action: noop}, {id: b, action: noop, dependencies: a}]";
const WARNED = `${GOOD}\nauthor: me\nversion: v1`;
const BAD = "name: bad\nsteps:\n  - {id: a, action: nop}\n";

describe("validationText", () => {
  it("is one line for a valid document (L172)", () => {
    assert.equal(
      validationText({ file: "x.yaml", compilation: compilationOf(GOOD) }),
      "✓ x.yaml is valid",
    );
  });

  it("counts warnings, and has a line for each finding (L172)", () => {
    assert.equal(
      validationText({ file: "x.yaml", compilation: compilationOf(WARNED) }),
      [
        "✓ x.yaml is valid (2 warnings)",
        "no_effect x.yaml:3:1: author changes nothing",
        "version_format x.yaml:4:10: version is of the form N.N.N, not v1",
      ].join("\n"),
    );
  });

  it("says what is wrong with a document, and with inputs (L172, L169)", () => {
    assert.equal(
      validationText({ file: "x.yaml", compilation: compilationOf(BAD) }),
      "✗ x.yaml is not valid (1 error)\nunknown_action x.yaml:3:21: there is no action nop; did you mean noop?",
    );
    const violation = {
      code: "INPUT_REQUIRED",
      input: "n",
      message: "the input n is required",
    } as const;
    assert.equal(
      validationText({ file: "x.yaml", compilation: compilationOf(GOOD), violations: [violation] }),
      "✗ x.yaml is not valid (1 error)\nINPUT_REQUIRED inputs.n: the input n is required",
    );
  });
});

describe("isValid", () => {
  it("lets warnings count under strict only (L172)", () => {
    const validation = { file: "x.yaml", compilation: compilationOf(WARNED) };
    assert.equal(isValid(validation), true);
    assert.equal(isValid(validation, { strict: true }), false);
    assert.equal(isValid({ file: "x.yaml", compilation: compilationOf(BAD) }), false);
  });
});

describe("validationJson", () => {
  it("has exactly the keys of the JSON form (L172)", () => {
    assert.deepEqual(validationJson({ file: "x.yaml", compilation: compilationOf(GOOD) }), {
      pipeline_file: "x.yaml",
      valid: true,
      pipeline: "good-one",
      tasks: { a: [], b: ["a"] },
      findings: [],
    });
  });

  it("adds the error of an invalid document (L172, L170)", () => {
    const json = validationJson({ file: "x.yaml", compilation: compilationOf(BAD) });
    assert.equal(json["valid"], false);
    assert.equal(json["error"], "there is no action nop; did you mean noop?");
    assert.equal(json["pipeline"], "bad");
  });
});
