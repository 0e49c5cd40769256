import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { factsOf } from "./facts/facts.ts";
import { parseTemplate } from "./parse/template.ts";
import { failureOf, valueOf } from "./testing/rendering.ts";
import type { Mapping } from "./values/value.ts";

/** What takes quadratic time takes minutes at these sizes. */
const BRIEF_MS = 10_000;

/** Time of the processor, since others may be at work. */
function briefly(run: () => void): void {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  assert.ok((user + system) / 1_000 < BRIEF_MS);
}

const LONG = 200_000;

describe("time (L60)", () => {
  const filters: readonly (readonly [string, Mapping])[] = [
    ["t | striptags", { t: "<".repeat(LONG) }],
    ["t | striptags", { t: "<!--".repeat(LONG) }],
    ["t | dirname", { t: `${"/".repeat(LONG)}a/b` }],
    ["t | wordwrap(1)", { t: "é€".repeat(LONG) }],
    ["t | slugify", { t: "-".repeat(LONG) }],
    ["t | markdown_format", { t: "\n".repeat(LONG) }],
    ["t | trim | title | wordcount", { t: "a ".repeat(LONG) }],
    ["t | from_yaml", { t: Array.from({ length: 50_000 }, (_, i) => `k${i}: 1`).join("\n") }],
    ["t | format", { t: `%${"0".repeat(LONG)}!` }],
    ["t | from_json", { t: `[${"9".repeat(308)}${`,${"9".repeat(308)}`.repeat(600)}` }],
    ["t | from_csv", { t: '"'.repeat(LONG) }],
    ["t | regex_search('(x+x+)+y')", { t: "x".repeat(LONG) }],
    ["t | int(0)", { t: `${"1_".repeat(LONG)}x` }],
    ["t.split(',') | length", { t: ",".repeat(LONG) }],
  ];
  for (const [expression, data] of filters) {
    it(`of \`${expression}\` grows no faster than the text`, () => {
      briefly(() => {
        valueOf(`{{ ${expression} }}`, data);
      });
    });
  }

  it("of comparing long texts counts", () => {
    const data = { a: `${"x".repeat(LONG)}a`, b: `${"x".repeat(LONG)}b` };
    briefly(() => {
      assert.equal(failureOf("{{ ([a, b] * 10000) | sort | length }}", data), "TEMPLATE_LIMIT");
      assert.equal(
        failureOf("{{ ([a, b] * 10000) | sort(case_sensitive=true) | length }}", data),
        "TEMPLATE_LIMIT",
      );
    });
  });

  it("of going through a long text counts, whatever little is taken from it", () => {
    const data = { t: "é€".repeat(LONG) };
    briefly(() => {
      const source = "{% for i in range(100000) %}{{ t | first }}{% endfor %}";
      assert.equal(failureOf(source, data), "TEMPLATE_LIMIT");
    });
  });
});

describe("time of parsing", () => {
  const joinable = new Set(["a-b"]);
  const sources: readonly (readonly [string, string])[] = [
    ["names with hyphens", `{{ ${"z-".repeat(20_000)}z }}`],
    ["a name longer than any", `{{ ${"z".repeat(100_000)}-z }}`],
    ["names bound one after another", repeated(6_000, (i) => `{% set v${i} = 1 %}`)],
    [
      "names bound on some ways",
      repeated(4_000, (i) => `{% if 1 %}{% set v${i} = 1 %}{% endif %}`),
    ],
  ];
  for (const [what, source] of sources) {
    it(`grows no faster than a source of ${what}`, () => {
      briefly(() => {
        const parsed = parseTemplate(source, { joinable });
        if (parsed.kind === "parsed") factsOf(parsed.value);
      });
    });
  }
});

function repeated(times: number, write: (i: number) => string): string {
  return Array.from({ length: times }, (_, i) => write(i)).join("");
}
