import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { parseCondition } from "../conditions/parse.ts";
import { parseTemplate } from "../parse/template.ts";
import { type Facts, factsOf } from "./facts.ts";

function facts(source: string): Facts {
  const parsed = parseTemplate(source);
  assert.ok(parsed.kind === "parsed", JSON.stringify(parsed));
  return factsOf(parsed.value);
}

/** References as `root.path`, computed keys as `*`. */
function references(source: string): string[] {
  return facts(source).references.map(({ root, path }) =>
    [root, ...path.map((key) => key ?? "*")].join("."),
  );
}

function guarded(source: string): boolean[] {
  return facts(source).references.map((reference) => reference.guarded);
}

describe("references", () => {
  it("are found in every form of expression with their path (L44, G11)", () => {
    assert.deepEqual(references("{{ a.b[0]['c'].d[x.y].e }}"), ["a.b.0.c.d.*.e", "x.y"]);
    assert.deepEqual(references("{{ a | join(b.c) | default(d) }}"), ["a", "b.c", "d"]);
    assert.deepEqual(references("{{ a if b.c else d }}{{ e ? f : g }}"), [
      "a",
      "b.c",
      "d",
      "e",
      "f",
      "g",
    ]);
    assert.deepEqual(
      references("{{ a[:b].c }}{{ -d + e ~ f }}{{ g < h in i }}{{ j and k or not l }}"),
      "abdefghijkl".split(""),
    );
    assert.deepEqual(references("{{ {a: [b, (c, d)]} }}{{ range(e) }}{{ f is divisibleby g }}"), [
      "a",
      "b",
      "c",
      "d",
      "e",
      "f",
      "g",
    ]);
    assert.deepEqual(references("{{ json.loads(a.b) }}"), ["a.b"]);
  });

  it("are found in statements (L44)", () => {
    const source =
      "{% if a.b %}{% elif c %}{% endif %}{% for x in d if x.ok and e %}{{ x.n }}{{ f }}{% endfor %}{% set y = g %}{% with z = h %}{{ z }}{% endwith %}{% filter replace('a', i) %}{{ j }}{% endfilter %}{% set k | default(l) %}{{ m }}{% endset %}";
    assert.deepEqual(references(source), ["a.b", "c", "d", "e", "f", "g", "h", "i", "j", "l", "m"]);
  });

  it("are not names that the template binds, from there on and only there (L44, G11)", () => {
    assert.deepEqual(references("{{ x }}{% set x = 1 %}{{ x.y }}"), ["x"]);
    assert.deepEqual(
      references(
        "{% for x in x.items %}{{ x.y }}{{ loop.index }}{% else %}{{ x }}{% endfor %}{{ x.z }}",
      ),
      ["x.items", "x", "x.z"],
    );
    assert.deepEqual(references("{{ [x for x in x.all if x] }}{{ x }}"), ["x.all", "x"]);
    assert.deepEqual(references("{% with x = x.a %}{{ x.b }}{% endwith %}"), ["x.a"]);
    assert.deepEqual(references("{% for a, b in c %}{{ a ~ b }}{% endfor %}"), ["c"]);
    assert.deepEqual(references("{% set ns = namespace() %}{% set ns.v = a %}{{ ns.v }}"), ["a"]);
    assert.deepEqual(references("{{ 'item' }}{# item #}{% raw %}{{ item }}{% endraw %}"), []);
  });

  it("may still be meant where only some branches bind the name (L44, L56)", () => {
    const both = "{% if c %}{% set x = 1 %}{% else %}{% set x = 2 %}{% endif %}{{ x }}";
    assert.deepEqual(references(both), ["c"]);
    const [, one] = facts("{% if c %}{% set x = 1 %}{% endif %}{{ x }}").references;
    assert.deepEqual([one?.root, one?.guarded], ["x", true]);
  });

  it("are guarded when the same text asks for the name (L56)", () => {
    for (const guard of [
      "x | default(1)",
      "x.y | d",
      "x is defined",
      "x is not defined",
      "x is undefined",
    ]) {
      assert.deepEqual(guarded(`{{ ${guard} }} {{ x }}`), [true, true], guard);
    }
    assert.deepEqual(
      guarded("{{ x | upper }}{{ 'a' if x }}{{ x is none }}{{ x | upper | default(1) }}"),
      [false, false, false, false],
    );
    assert.deepEqual(guarded("{{ x is defined }}{{ y }}"), [true, false]);
  });

  it("say where they stand, whether they have a $ and whether a method is called (L46, L62, L65)", () => {
    assert.deepEqual(facts("ab {{ $item.n }}{{ x.y.get('k').z }}").references, [
      { root: "item", path: ["n"], offset: 6, guarded: false, dollar: true, called: false },
      { root: "x", path: ["y"], offset: 19, guarded: false, dollar: false, called: true },
    ]);
  });

  it("of conditions are found in each of their forms (L75)", () => {
    for (const source of [
      "a.b > 1",
      "{{ a.b }} > 1",
      "'{{ a.b }}' == 'x'",
      "{% if a.b %}true{% endif %}",
    ]) {
      const parsed = parseCondition(source);
      assert.ok(parsed.kind === "parsed");
      assert.deepEqual(
        factsOf(parsed.value).references.map(({ root, path }) => [root, path]),
        [["a", ["b"]]],
        source,
      );
    }
  });
});

describe("facts", () => {
  it("tell what only a run can answer (L74)", () => {
    for (const source of [
      "{{ now() }}",
      "{{ 'a' | file_exists }}",
      "{{ x | date }}",
      "{{ 'now' | strftime('%Y') }}",
      "{{ x | map('date') }}",
      "{{ loop_var('a', 'b') }}",
    ]) {
      assert.equal(facts(source).impure, true, source);
    }
    for (const source of ["{{ range(3) }}", "{{ '2026-01-01' | date }}", "text", "{{ x.now }}"]) {
      assert.equal(facts(source).impure, false, source);
    }
    assert.deepEqual(facts("ab{{ now() }}").calls, [{ name: "now", offset: 5 }]);
  });

  it("tell a literal from a template and name imprecise integers (L3, L58)", () => {
    assert.equal(facts("plain }} text").literal, true);
    assert.equal(facts("{{ 1 }}").literal, false);
    assert.equal(facts("{# c #}").literal, false);
    assert.deepEqual(facts("{{ 9007199254740993 + 1e300 + 9007199254740991 }}").imprecise, [3]);
  });
});
