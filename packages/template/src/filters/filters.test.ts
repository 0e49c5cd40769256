import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { failureOf, outputOf, rendered, valueOf } from "../testing/rendering.ts";
import type { Value } from "../values/value.ts";

type Case = readonly [expression: string, expected: Value];

function check(cases: readonly Case[], data: { readonly [name: string]: Value } = {}): void {
  for (const [expression, expected] of cases) {
    assert.deepEqual(valueOf(`{{ ${expression} }}`, data), expected, expression);
  }
}

describe("filters (L72)", () => {
  it("default keeps what is there, even if it is false, unless told otherwise (G8)", () => {
    const data = { z: 0, e: "", f: false, n: null, l: [], o: {} };
    check(
      [
        ["z | default(1)", 0],
        ["e | default(1)", ""],
        ["f | default(1)", false],
        ["n | default(1)", null],
        ["l | default(1)", []],
      ],
      data,
    );
    check(
      [
        ["z | default(1, true)", 1],
        ["e | d(1, true)", 1],
        ["n | default(1, boolean=true)", 1],
        ["l | default([2], true)", [2]],
      ],
      data,
    );
    check(
      [
        ["o.x | default('m')", "m"],
        ["o.x.y | default", ""],
        ["nobody | default('m')", "m"],
      ],
      data,
    );
    assert.deepEqual(failureOf("{{ o.x | default(o.y) }}", data), ["o.y"]);
  });

  it("leave missing unresolved and pass absent on", () => {
    const data = { o: {} };
    for (const filter of ["upper", "first", "length", "list", "join", "sum", "to_json", "int(1)"]) {
      assert.deepEqual(failureOf(`{{ o.x | ${filter} }}`, data), ["o.x"], filter);
    }
    check([
      ["[] | first | upper", null],
      ["[] | first | length", 0],
      ["[] | first | list", []],
      ["[] | first | join", ""],
      ["[] | first | int(1)", null],
    ]);
  });

  it("change case by Unicode and make slugs (G8)", () => {
    check([
      ["'straße ÉCOLE' | upper", "STRASSE ÉCOLE"],
      ["'ÀÉ' | lower", "àé"],
      ["'élan vital' | title", "Élan Vital"],
      ["'éA' | capitalize", "Éa"],
    ]);
    check([
      ["'Héllo, Wörld!  It - is_ok' | slugify", "héllo-wörld-it-is_ok"],
      ["'--a--' | slugify", "a"],
      ["'2026-01-15T14:30:45+00:00' | slugify", "2026-01-15t1430450000"],
    ]);
  });

  it("count and cut characters, words and elements", () => {
    check([
      ["'a😀' | length", 2],
      ["{'a': 1} | count", 1],
      ["'a b  c' | truncate_words(2)", "a b..."],
      ["'a b' | truncate_words(2)", "a b"],
    ]);
    for (const value of ["1", "true", "none"])
      assert.equal(failureOf(`{{ ${value} | length }}`), "TEMPLATE_ERROR");
  });

  it("write and read JSON (G8)", () => {
    const data = { o: { b: "é<", a: [1, null] } };
    assert.equal(
      outputOf("{{ o | to_json }}", data),
      '{\n  "b": "\\u00e9<",\n  "a": [\n    1,\n    null\n  ]\n}',
    );
    assert.equal(
      outputOf("{{ o | to_json(indent=none, ensure_ascii=false) }}", data),
      '{"b": "é<", "a": [1, null]}',
    );
    assert.equal(outputOf("{{ o | tojson }}", data), '{"a": [1, null], "b": "\\u00e9\\u003c"}');
    check([
      ["'{\"a\": [1]}' | from_json", { a: [1] }],
      ["'{a' | from_json", "{a"],
      ["5 | from_json", 5],
    ]);
    check([["'{\"__proto__\": 1}' | from_json | to_json(none)", '{"__proto__": 1}']]);
  });

  it("write and read YAML and CSV", () => {
    check([
      ["'a: [1, x]\nb: yes' | from_yaml", { a: [1, "x"], b: "yes" }],
      ["'a: [' | from_yaml", "a: ["],
      ["'x: .inf' | from_yaml", "x: .inf"],
    ]);
    check([["{'b': [1, 'x'], 'a': none} | to_yaml", "b:\n  - 1\n  - x\na: null\n"]]);
    check([
      ['\'a,b\n1,"x, ""y"""\n\' | from_csv', [{ a: "1", b: 'x, "y"' }]],
      ["'a\n1,2' | from_csv", "a\n1,2"],
    ]);
    check([
      ["[{'a': 1, 'b': true}, {'c': 'x,y', 'a': none}] | to_csv", 'a,b,c\n1,true,\n,,"x,y"\n'],
    ]);
  });

  it("search and replace with RE2 patterns and Python's replacements (L67)", () => {
    check([
      ["'ab12cd345' | regex_search('[0-9]+')", "12"],
      ["'ab' | regex_search('[0-9]+') | default('25')", "25"],
    ]);
    check([
      ["'a1b2' | regex_findall('[a-z]')", ["a", "b"]],
      ["'a1b2' | regex_findall('[a-z](\\d)')", ["1", "2"]],
      [
        "'a1b2' | regex_findall('([a-z])(\\d)')",
        [
          ["a", "1"],
          ["b", "2"],
        ],
      ],
    ]);
    check([
      ["'John Smith' | regex_replace('(\\w+) (\\w+)', '\\2 \\1')", "Smith John"],
      ["'ab' | regex_replace('(?P<x>a)', '<\\g<x>\\g<1>>')", "<aa>b"],
      ["'a.b.c' | regex_replace('\\.')", "abc"],
      ["'ABC' | regex_search('(?i)b\\Z|(?i)c\\Z')", "C"],
      ["'foo bar' | regex_findall('\\bb')", ["b"]],
      ["'abc' | regex_replace('', '-')", "-a-b-c-"],
    ]);
    assert.equal(failureOf("{{ 'a' | regex_replace('a', '\\\\3') }}"), "TEMPLATE_ERROR");
    assert.equal(failureOf("{{ 'a' | regex_search('[' ~ '') }}"), "TEMPLATE_ERROR");
  });

  it("format dates of every readable kind, and leave the rest", () => {
    check([
      ["'now' | date", "2026-01-15 14:30:45"],
      ["now() | strftime('%Y-%j %U %V %a %I%p')", "2026-015 02 03 Thu 02PM"],
      ["'2026-03-01T10:00:00+02:00' | date('%H:%M %z')", "10:00 +0200"],
      ["'2026-3-1' | date('%-d %B %y')", "1 March 26"],
      ["0 | date", "1970-01-01 00:00:00"],
      ["'2026-02-30' | date", "2026-02-30"],
      ["'soon' | date", "soon"],
      ["now().year ~ now().month()", "20261"],
      ["now().isoformat()", "2026-01-15T14:30:45+00:00"],
    ]);
  });

  it("round half to even and convert only what is a number exactly", () => {
    check([
      ["2.5 | round", 2],
      ["3.5 | round", 4],
      ["-2.5 | round", -2],
      ["2.675 | round(2)", 2.67],
      ["0.125 | round(2)", 0.12],
      ["1.1 | round(0, 'ceil')", 2],
      ["1250 | round(-2)", 1200],
      ["1e22 | round", 1e22],
    ]);
    check([
      ["' 42\n' | int", 42],
      ["'-3.9' | int", -3],
      ["'4x' | int(7)", 7],
      ["none | int(0)", 0],
      ["'1e3' | float", 1000],
      ["true | int", 1],
    ]);
    for (const use of ["'4x' | int", "none | float", "'' | int", "'a' | round", "'1' | abs"])
      assert.equal(failureOf(`{{ ${use} }}`), "TEMPLATE_ERROR", use);
  });

  it("join with a comma and a blank, and split only texts", () => {
    check([
      ["[1, none, true, [2]] | join", "1, , True, [2]"],
      ["[] | join", ""],
      ["none | join", ""],
      ["[{'a': 1}, {'a': 2}] | join('-', attribute='a')", "1-2"],
    ]);
    check([
      ["'a b' | split", ["a", "b"]],
      ["'a,b' | split(',')", ["a", "b"]],
      ["5 | split", []],
    ]);
  });

  it("take paths apart as POSIX does (G8)", () => {
    check([
      ["'a/b/' | basename", ""],
      ["'a/b.c' | basename", "b.c"],
      ["'a/b' | dirname", "a"],
      ["'/a' | dirname", "/"],
      ["'a' | dirname", ""],
      ["'a//b' | dirname", "a"],
    ]);
  });

  it("encode texts", () => {
    check([
      ["'abc' | sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
      ["'' | sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
      ["('é' * 100) | sha256", "f42ec48e1e4b487e590e0b3d4e58437c8327efa855d769709f4942a4f73a7eb6"],
    ]);
    check([
      ["'é' | b64encode", "w6k="],
      ["'w6k=' | b64decode", "é"],
    ]);
    assert.equal(failureOf("{{ '/w==' | b64decode }}"), "TEMPLATE_ERROR");
  });

  it("read verdicts", () => {
    check([
      ["' Yes ' | bool", true],
      ["'off' | bool", false],
      ["'0' | bool", false],
      ["'maybe' | bool", true],
      ["0 | bool", false],
      ["[0] | bool", true],
    ]);
  });

  it("look around in a sequence, null outside", () => {
    check([
      ["[1, 2] | loop_get(1)", 2],
      ["[1, 2] | next_in_loop(1)", null],
      ["[1, 2] | prev_in_loop(1)", 1],
      ["[1, 2] | prev_in_loop(0)", null],
    ]);
  });

  it("format by position and by name", () => {
    check([
      ["'%s: %03d %.1f%%' | format('a', 7, 2.25)", "a: 007 2.2%"],
      ["'{a} and {b}' | format(a=1, b='x')", "1 and x"],
    ]);
    assert.equal(failureOf("{{ '%s %s' | format(1) }}"), "TEMPLATE_ERROR");
    assert.equal(failureOf("{{ '{c}' | format(a=1) }}"), "TEMPLATE_ERROR");
    for (const use of [
      "'%c' | format(-1)",
      "'%.101f' | format(1)",
      "'%99999d' | format(1)",
      "'%d' | format('x')",
      "'%k' | format(1)",
    ]) {
      assert.equal(failureOf(`{{ ${use} }}`), "TEMPLATE_ERROR", use);
    }
    check([
      ["'%.100g' | format(0.0625)", "0.0625"],
      ["'%c%c' | format(233, 'x')", "éx"],
    ]);
  });

  it("ask the run for files, whose text is literal", () => {
    check([
      ["'there.txt' | file_exists", true],
      ["file_exists('no.txt')", false],
      ["'f' | include_file", "text of f with {{ braces }}"],
    ]);
    assert.equal(outputOf("x{{ 'there.txt' | file_exists }}"), "xTrue");
    const result = rendered("{{ active_loops() }}");
    assert.equal(result.kind === "failed" ? result.code : "", "TEMPLATE_ERROR");
  });

  it("put blank lines before headings and lists of Markdown", () => {
    assert.equal(
      outputOf("{{ x | markdown_format }}", {
        x: "\ntext\n# Title\nmore\n- a\n- b\n```\n# no\n```\n\n",
      }),
      "text\n\n# Title\nmore\n\n- a\n- b\n```\n# no\n```",
    );
  });
});

describe("functions (L74)", () => {
  it("compute as Python's do", () => {
    check([
      ["range(5, 0, -2)", [5, 3, 1]],
      ["len('ab')", 2],
      ["str(1.0) ~ str(true)", "1True"],
      ["int('3') + float('.5')", 3.5],
      ["bool([])", false],
      ["abs(-2)", 2],
      ["min(3, 1)", 1],
      ["max([1, 4])", 4],
      ["round(2.567, 1)", 2.6],
    ]);
    check([
      ["sum([1, 2], 10)", 13],
      ["sorted(['b', 'A'])", ["A", "b"]],
      ["any([0, 1])", true],
      ["all([0, 1])", false],
      ["dict(a=1)", { a: 1 }],
      ["dict([['k', 2]])", { k: 2 }],
    ]);
    assert.equal(failureOf("{{ int('x') }}"), "TEMPLATE_ERROR");
  });
});
