import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { codesOf, failureOf, outputOf, problemsOf, valueOf } from "../testing/rendering.ts";
import { parseTemplate } from "./template.ts";

describe("the grammar", () => {
  it("binds filters tighter than operators and groups as Jinja does (L61)", () => {
    const data = { a: [1, 2, 3], n: 4 };
    assert.equal(valueOf("{{ a | length - 1 }}", data), 2);
    assert.equal(valueOf("{{ 2 ** 3 ** 2 }}"), 64);
    assert.equal(valueOf("{{ -2 ** 2 }}"), 4);
    assert.equal(valueOf("{{ not n == 4 }}", data), false);
    assert.equal(valueOf("{{ n is divisibleby 2 and n is not odd }}", data), true);
  });

  it("accepts the JavaScript spellings (L62)", () => {
    const data = { a: true, b: false, item: { n: 1 }, results: { s: 2 } };
    assert.equal(valueOf("{{ a && !b }}", data), true);
    assert.equal(valueOf("{{ b || a }}", data), true);
    assert.equal(valueOf("{{ !b == a }}", data), true);
    assert.equal(valueOf("{{ 1 === 1 and 1 !== 2 }}"), true);
    assert.equal(valueOf("{{ a ? 'x' : b ? 'y' : 'z' }}", data), "x");
    assert.equal(valueOf("{{ b ? 'x' : b ? 'y' : 'z' }}", data), "z");
    assert.deepEqual(valueOf("{{ {'k': a ? 1 : 2} }}", data), { k: 1 });
    assert.equal(valueOf("{{ $item.n + $results.s }}", data), 3);
  });

  it("accepts comprehensions, also bare as the only argument, and json.loads (L62)", () => {
    assert.deepEqual(valueOf("{{ [x * 2 for x in range(4) if x > 1] }}"), [4, 6]);
    assert.equal(valueOf("{{ sum(x for x in range(4)) }}"), 6);
    assert.deepEqual(valueOf("{{ [k ~ v for k, v in {'a': 1}.items()] }}"), ["a1"]);
    assert.deepEqual(valueOf("{{ json.loads('[1, {\"a\": null}]') }}"), [1, { a: null }]);
    assert.equal(failureOf("{{ json.loads('{') }}"), "TEMPLATE_ERROR");
  });

  it("refuses assignment, lambda, f-strings and spread arguments (L62)", () => {
    assert.deepEqual(codesOf("{{ a = 1 }}"), ["template_syntax"]);
    assert.deepEqual(codesOf("{{ lambda x: x }}"), ["template_syntax"]);
    assert.deepEqual(codesOf("{{ f'a' }}"), ["template_syntax"]);
    assert.deepEqual(codesOf("{{ range(*a) }}"), ["template_unsupported"]);
  });

  it("does not mix types: joins like with like, refuses to order or add others (L63)", () => {
    for (const use of [
      "1 + 'a'",
      "'a' - 1",
      "'a' < 1",
      "none < 1",
      "'%s' % 1",
      "true + 1",
      "[1] < 2",
      "{} < {}",
      "1 in 1",
      "1 in 'a'",
    ]) {
      assert.equal(failureOf(`{{ ${use} }}`), "TEMPLATE_ERROR", use);
    }
    assert.equal(
      outputOf("{{ 1 == '1' }} {{ 1 == true }} {{ none == 0 }} {{ [1] == [1.0] }}"),
      "False False False True",
    );
  });

  it("finds methods only when they are called (L65)", () => {
    const data = { x: { keys: "data", items: [1], n: 2 }, l: [[1, 2], 3], s: "a😀c" };
    assert.equal(valueOf("{{ x.keys }}", data), "data");
    assert.deepEqual(valueOf("{{ x.keys() | list }}", data), ["keys", "items", "n"]);
    assert.deepEqual(valueOf("{{ x.items }}", data), [1]);
    assert.equal(valueOf("{{ l.0.1 ~ l[-1] ~ s[1] ~ s[-1] }}", data), "23😀c");
    assert.equal(valueOf("{{ s | length }}", data), 3);
    assert.deepEqual(failureOf("{{ l[7] }}", data), ["l[7]"]);
    assert.equal(valueOf("{{ x.get('zz') }}", data), null);
  });

  it("joins names with a hyphen when they are in scope, the longest first (L46)", () => {
    const data = {
      "web-search": { result: 1 },
      "web-search-2": { result: 2 },
      web: 9,
      search: 4,
      a: { "x-y": 5 },
    };
    const joinable = new Set(["web-search", "web-search-2", "x-y"]);
    assert.equal(valueOf("{{ web-search.result }}", data, { joinable }), 1);
    assert.equal(valueOf("{{ web-search-2.result }}", data, { joinable }), 2);
    assert.equal(valueOf("{{ a.x-y - 1 }}", data, { joinable }), 4);
    assert.equal(valueOf("{{ web-search }}", data), 5);
  });

  it("reads escapes, number forms and strings side by side (L61)", () => {
    assert.equal(valueOf(String.raw`{{ 'a\n\t\x41\u00e9\'\d' "b" }}`), "a\n\tAé'\\db");
    assert.equal(
      outputOf("{{ 1_000 }} {{ 0x1F }} {{ 1.5e2 }} {{ none }}{{ null }}{{ None }}"),
      "1000 31 150 ",
    );
  });
});

describe("statements", () => {
  it("trim, strip and control white space to the byte (L57)", () => {
    assert.equal(outputOf("a\n  {% if true %}\n  b\n  {% endif %}\nc\n"), "a\n  b\nc\n");
    assert.equal(outputOf("a\n  {%- if true -%}\n  b\n  {%+ endif +%}\nc"), "ab\n  \nc");
    assert.equal(outputOf("  {# gone #}\nx\n"), "x\n");
  });

  it("keep the names of inner blocks inside (L64)", () => {
    assert.equal(
      outputOf("{% set a = 1 %}{% for i in [1] %}{% set a = 2 %}{% endfor %}{{ a }}"),
      "1",
    );
    assert.equal(outputOf("{% if true %}{% set a = 2 %}{% endif %}{{ a }}"), "2");
    assert.equal(
      outputOf("{% with a = 1 %}{{ a }}{% endwith %}{{ a | default('gone') }}"),
      "1gone",
    );
    assert.deepEqual(failureOf("{% for i in [1] %}{% endfor %}{{ i }}{{ loop }}"), ["i", "loop"]);
  });

  it("that are not supported name the alternative (L64)", () => {
    for (const word of [
      "include 'x'",
      "import 'x' as y",
      "extends 'x'",
      "block b",
      "macro m()",
      "call m()",
      "do x",
      "autoescape true",
      "break",
    ]) {
      const [problem] = problemsOf(`{% ${word} %}`);
      assert.equal(problem?.code, "template_unsupported", word);
      assert.match(problem?.message ?? "", /not supported: /);
    }
    assert.deepEqual(problemsOf("{% filtr x %}")[0]?.suggestions, ["filter"]);
    assert.deepEqual(codesOf("{% for x in y recursive %}{% endfor %}"), ["template_unsupported"]);
  });

  it("that are not closed, or end nothing, are refused where they stand (L61)", () => {
    assert.deepEqual(problemsOf("ab{% if x %}")[0]?.offset, 2);
    for (const source of [
      "{{ a",
      "{{ }}",
      "{% endif %}",
      "{% if %}",
      "{# a",
      "{% raw %}x",
      "{{ a b }}",
      "{{ (a }}",
      "{{ a] }}",
      "{{ 'a }}",
      "{% set x %}",
      "{{ a.1x }}",
      "{{ 1.__x }}",
      "{{ a(1)(2) }}",
      "{% for in x %}{% endfor %}",
      "{{ if }}",
      "{% else %}",
      "{{ @ }}",
    ]) {
      assert.ok(codesOf(source).length > 0, source);
    }
  });
});

describe("checks", () => {
  it("report names and attributes that start with _ (L59, G8)", () => {
    for (const source of [
      "''.__class__",
      "_x",
      "a._b",
      "a['_b']",
      "rows | map(attribute='_x')",
      "rows | selectattr('a._x')",
      "a.__init__()",
      "_f()",
    ]) {
      assert.deepEqual(codesOf(`{{ ${source} }}`), ["template_security"], source);
    }
    assert.deepEqual(codesOf("{% set _x = 1 %}"), ["template_security"]);
    assert.deepEqual(codesOf("{% for _, b in a %}{% endfor %}"), ["template_security"]);
  });

  it("report unknown filters and tests with the nearest name, all of them (L72, L73)", () => {
    assert.deepEqual(
      problemsOf("{{ a | uper }}{{ b is defned }}{{ c | map('tittle') | select('od') }}").map(
        ({ code, suggestions }) => [code, suggestions[0]],
      ),
      [
        ["unknown_filter", "upper"],
        ["unknown_filter", "defined"],
        ["unknown_filter", "title"],
        ["unknown_filter", "odd"],
      ],
    );
    assert.deepEqual(codesOf("{{ a | map(x) }}"), ["template_unsupported"]);
  });

  it("report arguments that a filter, test or function does not take (L72)", () => {
    for (const source of [
      "a | upper(1)",
      "a | replace('b')",
      "a | truncate(lenght=3)",
      "a | default(1, default_value=2)",
      "range()",
      "a is divisibleby",
    ]) {
      assert.deepEqual(codesOf(`{{ ${source} }}`), ["template_syntax"], source);
    }
  });

  it("report functions that are named but not called, unless something has that name (L74)", () => {
    assert.deepEqual(codesOf("{{ now }}"), ["global_not_called"]);
    assert.deepEqual(codesOf("{{ range | list }}"), ["global_not_called"]);
    assert.equal(valueOf("{{ max }}", { max: 3 }, { bound: new Set(["max"]) }), 3);
    assert.equal(valueOf("{{ max(1, max) }}", { max: 3 }, { bound: new Set(["max"]) }), 3);
    assert.deepEqual(codesOf("{{ rang(1) }}"), ["template_unsupported"]);
  });

  it("report methods that no value has (L66)", () => {
    assert.deepEqual(
      problemsOf("{{ a.append(1) }}").map(({ code }) => code),
      ["template_unsupported"],
    );
    assert.deepEqual(problemsOf("{{ a.uper() }}")[0]?.suggestions, ["upper"]);
    assert.equal(failureOf("{{ [1].upper() }}"), "TEMPLATE_ERROR");
  });

  it("report patterns that RE2 refuses (L67)", () => {
    for (const pattern of ["(?=a)", "(?<!a)b", String.raw`(a)\\1`, "[", "(?>a)"]) {
      assert.deepEqual(
        codesOf(`{{ a | regex_search('${pattern}') }}`),
        ["regex_unsupported"],
        pattern,
      );
    }
    assert.deepEqual(codesOf(`{{ a | regex_search('${"a".repeat(1_001)}') }}`), ["limit"]);
  });

  it("bound the source, its nesting and its depth (L60, L218)", () => {
    assert.deepEqual(codesOf(`{{ a }}${"x".repeat(256 * 1024)}`), ["limit"]);
    assert.deepEqual(codesOf(`{{ ${"(".repeat(100)}1${")".repeat(100)} }}`), ["limit"]);
    assert.deepEqual(codesOf(`{{ ${"1+".repeat(2_000)}1 }}`), ["limit"]);
    assert.deepEqual(codesOf(`{{ ${"not ".repeat(100)}1 }}`), ["limit"]);
    assert.deepEqual(codesOf(`${"{% if 1 %}".repeat(70)}${"{% endif %}".repeat(70)}`), ["limit"]);
    assert.equal(parseTemplate(`{{ ${"1 ~ ".repeat(5_000)}1 }}`).kind, "parsed");
  });
});
