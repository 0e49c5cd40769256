import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { ProblemCode } from "../problem.ts";
import { stepView, verdictOf } from "../testing/rendering.ts";
import { ABSENT, type Value } from "../values/value.ts";
import { parseCondition } from "./parse.ts";

const DATA: { readonly [name: string]: Value } = {
  n: 3,
  s: "hi",
  xs: ["a", "b"],
  o: { k: "a" },
  gone: ABSENT,
  done: stepView("completed", { ok: true }),
  skipped: stepView("skipped"),
};

function refusal(source: string): readonly ProblemCode[] {
  const parsed = parseCondition(source);
  return parsed.kind === "parsed" ? [] : parsed.problems.map(({ code }) => code);
}

describe("conditions", () => {
  it("take every form (L75)", () => {
    for (const source of [
      true,
      "n > 2",
      "{{ n > 2 }}",
      "{{ n }} > 2",
      "'a' in {{ xs }}",
      "{{ n }} * 2 == 6 and {{ s }} == 'hi'",
      "'x{{ s }}y' == 'xhiy'",
      "'{{ o['k'] }}' == 'a'",
      "{{- n -}} == 3",
      "{{ {'a': {'b': 1}}.a.b }} == 1",
      "{% if n %} yes {% endif %}",
      "{% if n %}{{ n }} > 2{% endif %}",
      "n > 2 && !false",
      " n\n > 2 ",
      "n > 2 {# why #}",
      "$o.k == 'a'",
    ]) {
      assert.equal(verdictOf(source, DATA), true, String(source));
    }
    for (const source of [
      false,
      "n < 2",
      "{{ n < 2 }}",
      "{% if n %}no{% endif %}",
      "{% if false %}yes{% endif %}",
    ]) {
      assert.equal(verdictOf(source, DATA), false, String(source));
    }
  });

  it("embed by value, not by text (L75)", () => {
    assert.equal(verdictOf("{{ a }} == 'x or true'", { a: "x or true" }), true);
    assert.equal(verdictOf("{{ a }} == 1", { a: "1 or true" }), false);
    assert.equal(verdictOf("2 * {{ n + 1 }} == 8", DATA), true);
  });

  it("read words, else truth (L76)", () => {
    for (const word of ["true", " Yes ", "ON", "1", "anything"])
      assert.equal(verdictOf("{{ w }}", { w: word }), true, word);
    for (const word of ["false", "No", "off", "0", "none", "null", " "])
      assert.equal(verdictOf("{{ w }}", { w: word }), false, word);
    for (const [value, verdict] of [
      [0, false],
      [2, true],
      [null, false],
      [[], false],
      [{ a: 1 }, true],
    ] as const)
      assert.equal(verdictOf("v", { v: value }), verdict);
    assert.equal(verdictOf("done", DATA), true);
    assert.equal(verdictOf("skipped", DATA), false);
    assert.equal(verdictOf("gone.x.y", DATA), false);
    assert.deepEqual(refusal("  "), ["condition_syntax"]);
  });

  it("fail on missing, even as a truth test, and say what and where (L77)", () => {
    for (const source of [
      "o.zz",
      "not o.zz",
      "o.zz or true",
      "{{ o.zz }}",
      "o.zz == 1",
      "1 if o.zz else 0",
      "{% if o.zz %}yes{% endif %}",
      "nobody",
    ]) {
      assert.equal(typeof verdictOf(source, DATA), "string", source);
    }
    assert.equal(verdictOf("o.zz | default(false)", DATA), false);
    assert.equal(verdictOf("o.zz is defined", DATA), false);
    assert.equal(
      verdictOf("n == 3 and o.zz", DATA),
      "condition `n == 3 and o.zz`: `o.zz` at character 12 is missing",
    );
    assert.match(
      String(verdictOf("s < 1", DATA)),
      /^condition `s < 1`: string and number have no order in `s < 1` at character 1$/,
    );
    assert.match(
      String(verdictOf("{% if true %}perhaps{% endif %}", DATA)),
      /the text "perhaps" is no verdict/,
    );
    assert.match(String(verdictOf("{% if true %}n > 2{% endif %}", DATA)), /is no verdict/);
  });

  it("are bounded (L79)", () => {
    assert.deepEqual(refusal("x".repeat(4_097)), ["limit"]);
    assert.deepEqual(refusal(`${"n+".repeat(30)}n == 1`), []);
    assert.deepEqual(refusal(`${"n+".repeat(45)}n == 1`), ["limit"]);
    assert.deepEqual(refusal(`n in [${"1,".repeat(500)}1]`), ["limit"]);
    assert.match(String(verdictOf("10000000 ** 2 > 1", DATA)), /base/);
    assert.match(String(verdictOf("1 ** 2000 > 1", DATA)), /exponent/);
  });

  it("are refused with the place of what is wrong (L75)", () => {
    for (const source of [
      "n >",
      "n = 3",
      "{{ n",
      "'{{ n' == 1",
      "n n",
      "import os",
      "(n",
      "n)",
      "{{ n }} }}",
    ])
      assert.deepEqual(refusal(source), ["condition_syntax"], source);
    assert.deepEqual(refusal("n | uper"), ["unknown_filter"]);
    assert.deepEqual(refusal("n.__class__"), ["template_security"]);
    assert.deepEqual(refusal("{% include 'x' %}"), ["template_unsupported"]);
  });
});
