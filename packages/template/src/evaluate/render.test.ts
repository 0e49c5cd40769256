import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { createBudget } from "../budget.ts";
import { parseTemplate } from "../parse/template.ts";
import {
  environmentOf,
  failureOf,
  outputOf,
  rendered,
  stepView,
  valueOf,
} from "../testing/rendering.ts";
import { ABSENT, type Value } from "../values/value.ts";
import { render } from "./render.ts";

const DONE = stepView("completed", { path: "a.txt", n: 3, status: "inner", tags: ["x", "y"] });
const SKIPPED = stepView("skipped");

describe("undefined values", () => {
  it("chain through missing fields and are false, undefined and replaced by default (L1)", () => {
    const data = { x: { present: null } };
    assert.equal(outputOf("{{ x.a.b.c | default('d') }}", data), "d");
    assert.equal(outputOf("{% if x.a.b %}y{% else %}n{% endif %}", data), "n");
    assert.equal(outputOf("{{ x.a is defined }} {{ x.present is defined }}", data), "False True");
    assert.equal(
      outputOf("{{ not x.a }}{{ x.a or 'o' }}{{ 'y' if x.a else 'n' }}", data),
      "Trueon",
    );
  });

  it("leave the reference unresolved when missing is used for anything else (L2)", () => {
    const data = { x: {}, n: 1 };
    for (const use of [
      "x.a",
      "x.a ~ 'b'",
      "x.a + 1",
      "x.a == 1",
      "[x.a]",
      "x.a | upper",
      "x.a is string",
      "-x.a",
      "x.a.upper()",
      "n in x.a",
      "n < x.a",
    ]) {
      assert.deepEqual(failureOf(`{{ ${use} }}`, data), ["x.a"], use);
    }
    assert.deepEqual(failureOf("{% for y in x.a %}{% endfor %}", data), ["x.a"]);
  });

  it("never fail when absent: no text, no elements, no length, no order, equal to none only (L2)", () => {
    const data: { readonly gone: Value } = { gone: ABSENT };
    assert.equal(outputOf("[{{ gone }}{{ gone.x.y }}]", data), "[]");
    assert.equal(outputOf("{% for x in gone %}x{% else %}none{% endfor %}", data), "none");
    assert.equal(
      outputOf(
        "{{ gone | length }} {{ gone < 1 }} {{ gone >= 1 }} {{ gone == none }} {{ gone == 0 }}",
        data,
      ),
      "0 False False True False",
    );
    assert.equal(valueOf("{{ gone + 1 }}", data), null);
    assert.equal(valueOf("{{ gone.x }}", data), null);
    assert.equal(outputOf("{{ (gone * 2) | default('d') }}", data), "d");
    assert.deepEqual(valueOf("{{ gone | list }}", data), []);
    assert.equal(valueOf("{{ gone | upper | default('d') }}", data), "d");
  });

  it("are absent for an inline if without else, first and last of nothing and an unmatched search (L1, L72)", () => {
    for (const expression of [
      "1 if false",
      "[] | first",
      "[] | last",
      "[] | max",
      "'a' | regex_search('b')",
    ]) {
      assert.equal(valueOf(`{{ (${expression}) | default('d') }}`), "d", expression);
      assert.equal(valueOf(`{{ ${expression} }}`), null, expression);
    }
  });

  it("may be dropped from a sequence, but not leave the template in one (L2, L55)", () => {
    const data = { rows: [{ a: 1 }, {}] };
    assert.deepEqual(
      valueOf("{{ rows | map(attribute='a') | select('defined') | list }}", data),
      [1],
    );
    assert.deepEqual(failureOf("{{ rows | map(attribute='a') | list }}", data), [
      "rows | map(attribute='a')",
    ]);
    assert.deepEqual(failureOf("{{ rows | map(attribute='a') | join }}", data), [
      "rows | map(attribute='a') | join",
    ]);
  });
});

describe("values", () => {
  it("compute with doubles: true division, floors with the divisor's sign, shortest text (L3)", () => {
    assert.equal(
      outputOf("{{ 7 / 2 }} {{ 6 / 2 }} {{ -7 // 2 }} {{ 7 % -3 }} {{ 0.1 + 0.2 }} {{ 2.0 }}"),
      "3.5 3 -4 -2 0.30000000000000004 2",
    );
    assert.equal(failureOf("{{ 1 / 0 }}"), "TEMPLATE_ERROR");
    assert.equal(failureOf("{{ 1 % 0 }}"), "TEMPLATE_ERROR");
    assert.equal(failureOf("{{ 10.0 ** 400 }}"), "TEMPLATE_ERROR");
  });

  it("have one text form each (L4)", () => {
    const data = { o: { b: [1, true, null, 'é"'], a: { c: 2.5 } }, step: DONE, gone: SKIPPED };
    assert.equal(outputOf("{{ true }} {{ false }} {{ none }}| {{ 1.0 }}"), "True False | 1");
    assert.equal(
      outputOf("{{ o }}", { o: data.o }),
      '{"b": [1, true, null, "é\\""], "a": {"c": 2.5}}',
    );
    assert.equal(
      outputOf("x{{ step }}", data),
      'x{"path": "a.txt", "n": 3, "status": "inner", "tags": ["x", "y"]}',
    );
    assert.equal(outputOf("[{{ gone }}]", data), "[]");
    assert.equal(outputOf("{{ now() }}"), "2026-01-15T14:30:45+00:00");
  });

  it("are false when empty, zero, null, undefined or a step that did not succeed (L5)", () => {
    const data: { [name: string]: Value } = { gone: SKIPPED, done: DONE, o: {}, full: { a: 0 } };
    for (const falsy of ["false", "none", "0", "''", "[]", "{}", "o", "gone", "gone.x"]) {
      assert.equal(outputOf(`{{ 'y' if ${falsy} else 'n' }}`, data), "n", falsy);
    }
    for (const truthy of ["true", "1", "' '", "[0]", "full", "done", "'false'"]) {
      assert.equal(outputOf(`{{ 'y' if ${truthy} else 'n' }}`, data), "y", truthy);
    }
  });
});

describe("rendering", () => {
  it("yields the value of exactly one expression with its type, else text (L53)", () => {
    const data = { n: 3, o: { a: [1] }, step: DONE };
    assert.equal(valueOf("{{ n }}", data), 3);
    assert.equal(valueOf("{{ o }}", data), data.o);
    assert.deepEqual(valueOf("{{ step }}", data), DONE.value());
    assert.equal(valueOf("{{- n -}}", data), 3);
    for (const text of [
      " {{ n }}",
      "{{ n }}\n",
      "{{ n -}} ",
      "{{ n }}{# c #}",
      "{% if true %}{{ n }}{% endif %}",
    ]) {
      assert.equal(typeof valueOf(text, data), "string", text);
    }
  });

  it("never renders a value again (L52)", () => {
    assert.equal(
      valueOf("{{ s }}!", { s: "{{ 1 + 1 }} <AUTO>x</AUTO>" }),
      "{{ 1 + 1 }} <AUTO>x</AUTO>!",
    );
    assert.equal(valueOf("{{ include_file('a') }}"), "text of a with {{ braces }}");
  });

  it("lists every unresolved reference with what it may have meant (L54, L55)", () => {
    const data = { load: { result: 1, rows: [] }, name: "x" };
    const source =
      "{{ load.resul }} {{ nam }} {% if true %}{{ load.rows[3].x }}{% endif %}{% for q in load.items %}{% endfor %}{{ {'k': [load.zz]} }}";
    assert.deepEqual(rendered(source, data), {
      kind: "unresolved",
      references: [
        { expression: "load.resul", nearest: "load.result" },
        { expression: "nam", nearest: "name" },
        { expression: "load.rows[3].x" },
        { expression: "load.items" },
        { expression: "load.zz" },
      ],
    });
  });

  it("takes what lies outside the template literally (L58)", () => {
    for (const text of ["plain", "a } b", "}} {", "{ {", "100 %}", ""])
      assert.equal(valueOf(text), text);
    assert.equal(valueOf("{{ '{{' }}{% raw %}{{ x }}{% endraw %}{# {{ y }} #}"), "{{{{ x }}");
  });

  it("fails on names that start with _ even when they are computed (L59)", () => {
    const data = { k: "__class__", o: { _x: 1 }, rows: [{ _x: 1 }] };
    for (const use of [
      "o[k]",
      "''[k]",
      "o.get(k)",
      "o['_' ~ 'x']",
      "rows | map(attribute=k) | list",
      "rows | sort(attribute='a,' ~ k)",
    ]) {
      assert.equal(failureOf(`{{ ${use} }}`, data), "TEMPLATE_SECURITY", use);
    }
    assert.equal(failureOf("{{ nothing.x }}{{ o[k] }}", data), "TEMPLATE_SECURITY");
  });

  it("reaches own keys of plain data only (L59, L65)", () => {
    for (const key of ["constructor", "toString", "hasOwnProperty", "length", "valueOf"]) {
      for (const target of ["o", "l", "s", "n", "d", "step"]) {
        const data = { o: {}, l: [1], s: "x", n: 1, d: 1.5, step: DONE };
        assert.equal(
          outputOf(`{{ ${target}.${key} is defined }}{{ ${target}['${key}'] is defined }}`, data),
          "FalseFalse",
        );
      }
    }
    assert.deepEqual(valueOf("{{ {'kind': 'view', 'value': 1} }}"), { kind: "view", value: 1 });
    assert.equal(outputOf("{{ o.kind }}", { o: { kind: "view", value: "x" } }), "view");
  });

  it("changes no data (L60)", () => {
    const data = { o: Object.freeze({ a: 1 }), l: Object.freeze([3, 1, 2]) };
    assert.equal(
      outputOf("{{ l | sort | join }} {{ l | reverse | join }} {{ l | join }}", data),
      "1, 2, 3 2, 1, 3 3, 1, 2",
    );
    assert.equal(failureOf("{% set o.a = 2 %}", data), "TEMPLATE_ERROR");
  });
});

describe("budgets (L60, L218)", () => {
  const bombs = [
    "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
    "{{ range(100001) }}",
    "{{ 'x' * 100000000 }}",
    "{{ [1] * 2000000 }}",
    "{% set ns = namespace(t='xxxxxxxxxxxxxxxx') %}{% for i in range(60) %}{% set ns.t = ns.t ~ ns.t %}{% endfor %}",
    "{% set ns = namespace(t=[1]) %}{% for i in range(60) %}{% set ns.t = ns.t + ns.t %}{% endfor %}",
    "{% set ns = namespace(t=[1]) %}{% for i in range(60) %}{% set ns.t = [ns.t, ns.t] %}{% endfor %}{{ ns.t }}",
    "{% set ns = namespace() %}{% set ns.me = [ns] %}{{ ns }}",
    "{% set ns = namespace() %}{% set ns.me = [ns] %}{% set m = namespace() %}{% set m.me = [m] %}{{ ns == m }}",
    "{% set ns = namespace(a=[1], b=[1]) %}{% for i in range(60) %}{% set ns.a = [ns.a, ns.a] %}{% set ns.b = [ns.b, ns.b] %}{% endfor %}{{ ns.a == ns.b }}",
    "{% set ns = namespace(a=[1], b=[2]) %}{% for i in range(60) %}{% set ns.a = [ns.a, ns.a] %}{% set ns.b = [ns.b, ns.b] %}{% endfor %}{{ [ns.a, ns.b] | sort }}",
    "{{ [[[1] * 1000] * 1000] * 1000 }}",
    "{{ 'x' | replace([[1] * 1000000] * 1000000, 'y') }}",
    "{{ ([[[1] * 1000] * 1000] * 1000) | unique }}",
    "{{ ([[1] * 1000000] * 1000) | to_yaml }}",
    "{{ 'x' | center(1000000000) }}",
    "{{ 'x'.ljust(1000000000) }}",
    "{{ ('a' * 3000) | replace('', 'b' * 100000) }}",
    "{{ range(100000) | join('x' * 10000) }}",
    "{{ 'x' | indent(1000000000) }}",
    "{{ range(100000) | slice(100000000) }}",
    "{{ ('a' * 900000) | regex_replace('a', 'b' * 1000) }}",
    "{% for i in range(100000) %}{{ 'x' * 1000 }}{% endfor %}",
  ];
  for (const bomb of bombs) {
    it(`stop ${bomb}`, () =>
      assert.equal(failureOf(bomb, {}, { operations: 200_000 }), "TEMPLATE_LIMIT"));
  }

  it("count everything that one step renders", () => {
    const parsed = parseTemplate("{% for i in range(1000) %}{{ i }}{% endfor %}");
    assert.ok(parsed.kind === "parsed");
    const environment = { ...environmentOf({}), budget: createBudget({ operations: 10_000 }) };
    assert.equal(render(parsed.value, environment).kind, "value");
    const kinds = [1, 2, 3, 4].map(() => render(parsed.value, environment).kind);
    assert.ok(kinds.includes("failed"));
    const bytes = { ...environmentOf({}), budget: createBudget({ totalBytes: 5_000 }) };
    assert.equal(render(parsed.value, bytes).kind, "value");
    assert.equal(render(parsed.value, bytes).kind, "failed");
  });

  it("bound the CPU time", () => {
    let cpuMs = 0;
    const budget = createBudget({}, () => (cpuMs += 100));
    const parsed = parseTemplate("{% for i in range(100000) %}{{ i }}{% endfor %}");
    assert.ok(parsed.kind === "parsed");
    const result = render(parsed.value, { ...environmentOf({}), budget });
    assert.match(result.kind === "failed" ? result.message : "", /more than 2000 ms of CPU time/);
  });

  it("bound one search for a pattern", () => {
    let cpuMs = 0;
    const budget = createBudget({}, () => (cpuMs += 30));
    const parsed = parseTemplate("{{ 'abc' | regex_findall('b') }}");
    assert.ok(parsed.kind === "parsed");
    assert.equal(render(parsed.value, { ...environmentOf({}), budget }).kind, "value");
    const slow = createBudget({}, () => (cpuMs += 60));
    const result = render(parsed.value, { ...environmentOf({}), budget: slow });
    assert.match(result.kind === "failed" ? result.message : "", /more than 50 ms/);
  });
});

describe("views", () => {
  const data = {
    done: DONE,
    skipped: SKIPPED,
    failed: stepView("failed"),
    no: stepView("completed", false),
  };

  it("are R when they are used, with their reserved fields first (L69, L70, L71)", () => {
    assert.equal(
      outputOf("{{ done.path }} {{ done.result.path }} {{ done.status }} {{ done.n + 1 }}", data),
      "a.txt a.txt completed 4",
    );
    assert.equal(
      outputOf(
        "{{ done | length }} {{ 'n' in done }} {{ done == done.result }} {{ [done] }}",
        data,
      ).slice(0, 11),
      "4 True True",
    );
    assert.equal(
      outputOf("{% for key in done %}{{ key }},{% endfor %}", data),
      "path,n,status,tags,",
    );
    assert.deepEqual(failureOf("{{ done.nope }}", data), ["done.nope"]);
    assert.equal(
      outputOf("{{ skipped.result.x | default('none') }} {{ skipped.status }}", data),
      "none skipped",
    );
  });

  it("are defined when they have an R and true when they succeeded with one that is not false (L71)", () => {
    assert.equal(
      outputOf("{{ done is defined }} {{ skipped is defined }} {{ skipped | default('d') }}", data),
      "True False d",
    );
    assert.equal(
      outputOf(
        "{{ 'y' if done else 'n' }}{{ 'y' if no else 'n' }}{{ 'y' if failed else 'n' }}",
        data,
      ),
      "ynn",
    );
    assert.equal(
      outputOf(
        "{{ skipped is skipped }} {{ failed is failed }} {{ done is succeeded }} {{ skipped is failed }}",
        data,
      ),
      "True True True False",
    );
  });
});
