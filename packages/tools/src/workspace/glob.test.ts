import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { parseGlob } from "./glob.ts";

describe("parseGlob", () => {
  const CASES: readonly (readonly [string, string, boolean])[] = [
    ["*.md", "a.md", true],
    ["*.md", "b/a.md", false],
    ["*.md", ".a.md", false],
    [".*.md", ".a.md", true],
    ["**/*.md", "a.md", true],
    ["**/*.md", "b/c/a.md", true],
    ["**/*.md", ".git/a.md", false],
    ["out/**", "out/a/b", true],
    ["out/**", "outer/a", false],
    ["./out/?.t[xy]t", "out/a.txt", true],
    ["out/[!a-c].txt", "out/b.txt", false],
    ["out/[!a-c].txt", "out/d.txt", true],
    ["{a,b{1,2}}.txt", "b2.txt", true],
    ["{a,b{1,2}}.txt", "b.txt", false],
    ["\\*.txt", "*.txt", true],
    ["\\*.txt", "a.txt", false],
    ["a/**/b/**/c", "a/x/b/y/z/c", true],
    ["a/**/b/**/c", "a/x/y/z/c", false],
    ["[.txt", "[.txt", true],
    ["*a*b*", "xaxxbx", true],
    ["*a*b*", "xbxxax", false],
    ["?.txt", "😀.txt", true],
  ];
  for (const [pattern, path, matches] of CASES) {
    it(`says that ${pattern} ${matches ? "matches" : "does not match"} ${path}`, () => {
      const parsed = parseGlob(pattern);
      assert.equal(parsed.kind === "glob" && parsed.glob.matches(path), matches);
    });
  }

  it("matches a pattern made to be slow in no time", () => {
    const parsed = parseGlob(`${"*a".repeat(100)}b/${"**/x/".repeat(100)}y`);
    assert.ok(parsed.kind === "glob");
    const path = `${"a".repeat(255)}/${"x/".repeat(500)}`;
    assert.equal(parsed.glob.matches(path), false);
  });

  it("refuses a pattern with too many alternatives", () => {
    assert.equal(parseGlob("{a,b}".repeat(20)).kind, "refused");
  });

  it("knows the directory below which matches lie, and how deep", () => {
    assert.deepEqual(facts("a/b/*.txt"), ["a/b", 3]);
    assert.deepEqual(facts("a/b.txt"), ["a", 2]);
    assert.deepEqual(facts("a/**/x"), ["a", Number.POSITIVE_INFINITY]);
  });
});

function facts(pattern: string) {
  const parsed = parseGlob(pattern);
  return parsed.kind === "glob" ? [parsed.glob.base, parsed.glob.depth] : [];
}
