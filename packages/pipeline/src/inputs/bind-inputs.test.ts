import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { Json } from "@orchestrator/template";

import type { Catalogue } from "../catalogue.ts";
import { compile } from "../compile.ts";
import { LIMITS } from "../limits.ts";
import { bindInputs } from "./bind-inputs.ts";

const SOURCE =
  "id: hello\nname: Hello\ninputs: { a: { type: array } }\n" +
  "steps:\n  - { id: rest, action: rest }\n";

const catalogue: Catalogue = {
  tools: [],
  actions: [
    {
      name: "rest",
      aliases: [],
      operation: {
        name: "rest",
        aliases: [],
        description: "Does nothing.",
        parameters: [],
        result: { kind: "text" },
        nature: "deterministic",
        repeatable: true,
      },
    },
  ],
};

/** Lists in a list: so many levels. */
function nested(levels: number): Json {
  return JSON.parse("[".repeat(levels) + "]".repeat(levels));
}

describe("inputs", () => {
  it("are refused when they are nested so deep that nothing could work on them", () => {
    const compilation = compile(SOURCE, { bundle: [], catalogue });
    if (compilation.kind === "refused") {
      assert.fail(JSON.stringify(compilation.findings));
    }
    const { plan } = compilation;
    const deepest = LIMITS.suppliedInputDepth - 1;
    assert.equal(bindInputs(plan, { a: nested(deepest) }).kind, "bound");
    for (const levels of [deepest + 1, 500, 200_000]) {
      const bound = bindInputs(plan, { a: nested(levels) });
      assert.deepEqual(
        bound.kind === "refused" ? bound.violations.map(({ code }) => code) : bound.kind,
        ["LIMIT_EXCEEDED"],
      );
    }
  });
});
