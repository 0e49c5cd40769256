import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { createReport } from "../finding.ts";
import { LIMITS } from "../limits.ts";
import { type AutoSpan, entryOf, jsonOfNode, type Node } from "./node.ts";
import { openSource, type Source } from "./source.ts";

function read(text: string): { source: Source; codes: string[] } {
  const report = createReport();
  const source = openSource(text, report);
  assert.ok(source !== undefined, JSON.stringify(report.findings()));
  return { source, codes: report.findings().map(({ code }) => code) };
}

function refusal(text: string): string {
  const report = createReport();
  assert.equal(openSource(text, report), undefined);
  const [finding, ...others] = report.findings();
  assert.deepEqual(others, []);
  return `${finding?.code ?? ""} ${finding?.line ?? 0}:${finding?.column ?? 0}`;
}

function autosOf(node: Node): readonly AutoSpan[] {
  switch (node.kind) {
    case "scalar":
      return node.autos;
    case "list":
      return node.items.flatMap(autosOf);
    case "map":
      return node.entries.flatMap(({ value }) => autosOf(value));
  }
}

function bodies(text: string): string[] {
  return autosOf(read(text).source.root).map(({ body }) => body);
}

describe("openSource", () => {
  it("reads the core schema, with texts as keys (L9, L10)", () => {
    const { source } = read("1: yes\ntrue: 0x10\nempty:\nday: 2026-01-15\non: ~\n");
    assert.deepEqual(jsonOfNode(source.root), {
      "1": "yes",
      true: 16,
      empty: null,
      day: "2026-01-15",
      on: null,
    });
  });

  it("drops a byte order mark (L9)", () => {
    assert.deepEqual(jsonOfNode(read("\u{feff}a: 1").source.root), { a: 1 });
  });

  it("lets keys of a mapping win over merged ones, and earlier merges over later ones (L12)", () => {
    const text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {<<: [*a, *b], x: 0}\n";
    const value = entryOf(read(text).source.root, "c")?.value;
    assert.ok(value !== undefined);
    assert.deepEqual(jsonOfNode(value), { x: 0, y: 1, z: 2 });
  });

  it("finds tags wherever a scalar may be (L13)", () => {
    assert.deepEqual(bodies("a: [<AUTO>one</AUTO>, {b: <AUTO>two, }: three</AUTO>}]"), [
      "one",
      "two, }: three",
    ]);
    assert.deepEqual(bodies("- a: '<AUTO>it''s</AUTO>'\n  b: x\n".replace(/^/, "l:\n")), ["it's"]);
    assert.deepEqual(bodies('a: "x <AUTO>\\u0041\\n\\"B\\"</AUTO> y"'), ['A\n"B"']);
    assert.deepEqual(bodies("a: >\n  <AUTO>folded\n  text</AUTO>\nb: 1"), ["folded\n  text"]);
    assert.deepEqual(bodies("a:\n  <AUTO>on its own line</AUTO>\nb: 1"), ["on its own line"]);
  });

  it("does not find tags in comments, nor words that only begin like one (L13)", () => {
    assert.deepEqual(
      bodies("a: x # <AUTO>no</AUTO>\n# <AUTO>\nb: <AUTOMATIC>\nc: 'it''s # <AUTO>in</AUTO>'"),
      ["in"],
    );
  });

  it("closes a tag inside its own scalar only (L13)", () => {
    assert.equal(refusal("a: say <AUTO>x\nb: y</AUTO>"), "auto_unclosed 1:8");
    assert.deepEqual(bodies('a: <AUTO task="x > y">\nb: <AUTO/>\nc: [<AUTO q=1>, 2]'), [
      "",
      "",
      "",
    ]);
  });

  it("keeps places true behind a tag of several lines (L13)", () => {
    const { source } = read("a: {b: <AUTO>one\n    two</AUTO>, c: 3}\nd: 4");
    const c = entryOf(source.root, "a")?.value;
    assert.ok(c?.kind === "map");
    assert.deepEqual(source.place(entryOf(c, "c")?.keyStart ?? 0), { line: 2, column: 17 });
    assert.deepEqual(source.place(entryOf(source.root, "d")?.keyStart ?? 0), {
      line: 3,
      column: 1,
    });
  });

  it("knows private-use characters from its own placeholders (L13)", () => {
    const { source } = read("a: \u{e000}0\u{e001}\nb: <AUTO>x</AUTO>");
    assert.deepEqual(jsonOfNode(source.root), { a: "\u{e000}0\u{e001}", b: "<AUTO>x</AUTO>" });
  });

  it("gives the place of any character of a scalar (L170)", () => {
    const text =
      "a: \"t\\tab \\u0041 z\"\nb: 'it''s z'\nc: |2\n   x\n  z\nd: >-\n  one\n  z\ne: plain\n  z\n";
    const { source } = read(text);
    for (const { value } of source.root.entries) {
      assert.ok(value.kind === "scalar");
      const index = String(value.value).indexOf("z");
      assert.equal(text[source.offsetIn(value, index)], "z", String(value.value));
    }
  });

  it("refuses what passes a bound of YAML, quickly (L12, L218)", () => {
    assert.equal(refusal(`a: ${"[".repeat(500_000)}`), "yaml 1:68");
    assert.equal(refusal(`a:\n  ${"- ".repeat(400_000)}`).slice(0, 6), "yaml 2");
    const rows = "bcdefgh".split("").map((name, i) => {
      const before = String.fromCharCode(97 + i);
      return `${name}: &${name} [${Array.from({ length: 9 }, () => `*${before}`).join(",")}]`;
    });
    assert.match(refusal(`a: &a [1, 2, 3, 4, 5, 6, 7, 8, 9]\n${rows.join("\n")}`), /^yaml 6/);
    assert.equal(refusal(`a: ${"x".repeat(LIMITS.documentBytes)}`), "limit 1:1");
  });

  it("reads any number of tags in linear time (L13)", () => {
    const count = 20_000;
    assert.equal(bodies(`a: |\n  ${"<AUTO>b</AUTO>".repeat(count)}`).length, count);
    assert.equal(bodies(`a: [${"<AUTO>, ".repeat(count)}1]`).length, count);
    assert.equal(refusal(`a: |\n  ${"<AUTO>".repeat(count)}`), "auto_unclosed 2:3");
  });
});
