import assert from "node:assert/strict";
import { describe, it } from "node:test";

import * as fc from "fast-check";

import { createBudget } from "./budget.ts";
import { parseJsonText } from "./codecs/json-text.ts";
import { evaluate } from "./conditions/evaluate.ts";
import { parseCondition } from "./conditions/parse.ts";
import { render } from "./evaluate/render.ts";
import { factsOf } from "./facts/facts.ts";
import { FILTERS, GLOBALS, TESTS } from "./names.ts";
import { parseTemplate } from "./parse/template.ts";
import { parseRowExpression } from "./rows/parse.ts";
import { environmentOf } from "./testing/rendering.ts";
import { jsonOf } from "./values/json.ts";
import { textOf } from "./values/text-form.ts";
import type { Json } from "./values/value.ts";

const WORDS = [
  "{{",
  "}}",
  "{%",
  "%}",
  "{#",
  "#}",
  "-",
  "+",
  " ",
  "\n",
  "a",
  "x.y",
  "items",
  "'s'",
  '"',
  "'",
  "1",
  "2.5",
  "(",
  ")",
  "[",
  "]",
  "{",
  "}",
  ",",
  ":",
  ".",
  "|",
  "~",
  "*",
  "**",
  "/",
  "//",
  "%",
  "==",
  "<",
  "=",
  "!",
  "?",
  "$a",
  "if",
  "else",
  "elif",
  "endif",
  "for",
  "in",
  "endfor",
  "set",
  "endset",
  "with",
  "filter",
  "raw",
  "endraw",
  "not",
  "and",
  "or",
  "is",
  "none",
  "true",
  "namespace",
  "loop",
  "\\",
  "é😀",
  ...FILTERS,
  ...TESTS,
  ...GLOBALS,
];

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.array(fc.constantFrom(...WORDS), { maxLength: 25 }).map((words) => words.join(" ")),
  fc.array(fc.constantFrom(...WORDS), { maxLength: 12 }).map((words) => `{{ ${words.join(" ")} }}`),
);

const operand = fc.constantFrom(
  "a",
  "a.b",
  "items",
  "n",
  "'text'",
  "3",
  "[1, 2]",
  "{'k': 1}",
  "none",
  "gone.x",
  "items[0]",
  "true",
  "''",
);
const expression = fc
  .array(
    fc.tuple(
      fc.constantFrom(" + ", " * ", " ~ ", " == ", " < ", " and ", " or ", " | join | length + "),
      fc
        .tuple(operand, fc.constantFrom("", ...[...FILTERS].map((name) => ` | ${name}`)))
        .map(([value, filter]) => `(${value}${filter})`),
    ),
    { minLength: 1, maxLength: 5 },
  )
  .map((parts) =>
    parts.map(([sign, value], index) => (index === 0 ? value : sign + value)).join(""),
  );

const json: fc.Arbitrary<Json> = fc.json().map((source) => parseJsonText(source) ?? null);

const DATA = { a: { b: "x" }, items: [{ n: 2 }, { n: 1 }], n: 7 };
const LIMITS = {
  operations: 20_000,
  stringBytes: 20_000,
  totalBytes: 20_000,
  sequence: 5_000,
  range: 5_000,
};

describe("any text", () => {
  it("is parsed or refused, never a crash, and its facts can be told", () => {
    fc.assert(
      fc.property(text, (source) => {
        const template = parseTemplate(source);
        if (template.kind === "parsed") factsOf(template.value);
        else
          assert.ok(
            template.problems.every(({ offset }) => offset >= 0 && offset <= source.length),
          );
        const condition = parseCondition(source);
        if (condition.kind === "parsed") factsOf(condition.value);
        parseRowExpression(source);
      }),
      { numRuns: 700 },
    );
  });

  it("that is a template renders within its bounds, or says why not", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          text,
          expression.map((source) => `{{ ${source} }}`),
          expression.map((source) => `{% for q in items %}{{ ${source} }}{% endfor %}`),
        ),
        (source) => {
          const parsed = parseTemplate(source);
          if (parsed.kind === "refused") return;
          const result = render(parsed.value, environmentOf(DATA, LIMITS));
          if (result.kind === "value") {
            assert.ok(textOf(jsonOf(result.value)).length <= LIMITS.stringBytes);
          } else assert.ok(result.kind === "unresolved" || result.message !== "");
        },
      ),
      { numRuns: 700 },
    );
  });

  it("that is a condition has a verdict, or says why not", () => {
    fc.assert(
      fc.property(fc.oneof(text, expression), (source) => {
        const parsed = parseCondition(source);
        if (parsed.kind === "refused") return;
        const verdict = evaluate(parsed.value, environmentOf(DATA, LIMITS));
        assert.ok(verdict.kind === "verdict" || verdict.message !== "");
      }),
      { numRuns: 500 },
    );
  });

  it("without markup is its own value (L58)", () => {
    fc.assert(
      fc.property(
        fc.string().filter((source) => !/\{[{%#]/.test(source)),
        (source) => {
          const parsed = parseTemplate(source);
          assert.ok(parsed.kind === "parsed");
          assert.deepEqual(render(parsed.value, environmentOf({})), {
            kind: "value",
            value: source,
          });
        },
      ),
    );
  });
});

describe("data", () => {
  it("passes through a native template unchanged and uncopied (L53)", () => {
    const parsed = parseTemplate("{{ v }}");
    assert.ok(parsed.kind === "parsed");
    fc.assert(
      fc.property(json, (value) => {
        const data = { v: value };
        const result = render(parsed.value, { ...environmentOf(data), budget: createBudget() });
        assert.ok(result.kind === "value");
        assert.equal(jsonOf(result.value), value);
      }),
    );
  });
});
