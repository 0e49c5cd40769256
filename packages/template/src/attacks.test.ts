import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { render } from "./evaluate/render.ts";
import { parseTemplate } from "./parse/template.ts";
import { environmentOf, rendered } from "./testing/rendering.ts";

const DATA = {
  x: { a: 1 },
  xs: [1, 2],
  s: "text",
  key: "__class__",
  hidden: "{{ secrets.token }}",
};

/** What became of a template: why it was refused, why it failed, or its value. */
function fateOf(template: string): string {
  const parsed = parseTemplate(template, { bound: new Set(Object.keys(DATA)) });
  if (parsed.kind === "refused") {
    return `refused ${parsed.problems[0]?.code}`;
  }
  const result = render(parsed.value, environmentOf(DATA));
  switch (result.kind) {
    case "value":
      return `value ${JSON.stringify(result.value)}`;
    case "unresolved":
      return "unresolved";
    case "failed":
      return result.code;
  }
}

describe("attacks on templates", () => {
  const outside = [
    "{{ s.__class__.__mro__ }}",
    "{{ x['__class__'] }}",
    "{{ x[key] }}",
    "{{ x['__pro' ~ 'to__'] }}",
    "{{ x.constructor }}",
    "{{ x['constructor']['constructor']('return 1')() }}",
    "{{ xs['constructor'] }}",
    "{{ s.constructor }}",
    "{{ x.toString() }}",
    "{{ x.hasOwnProperty('a') }}",
    "{{ xs.push(3) }}",
    "{{ x.update({'a': 2}) }}",
    "{{ s|attr('__class__') }}",
    "{{ xs|map(attribute='__class__')|list }}",
    "{{ xs|map('attr', '__class__')|list }}",
    "{{ process.env }}",
    "{{ globalThis }}",
    "{{ require('fs') }}",
    "{{ eval('1') }}",
    "{{ lipsum.__globals__ }}",
    "{{ cycler.__init__ }}",
    "{{ self._TemplateReference__context }}",
    "{{ namespace().__class__ }}",
    "{{ '{0.__class__}'.format(s) }}",
    "{{ (lambda: 1)() }}",
    "{% import 'os' as os %}",
    "{% include '/etc/passwd' %}",
    "{% extends 'base' %}",
    "{% macro m() %}{% endmacro %}",
    "{% do xs.append(1) %}",
  ];
  for (const template of outside) {
    it(`find nothing of the host by \`${template}\` (L59, L64–L66)`, () => {
      assert.match(fateOf(template), /^(?:refused|unresolved|TEMPLATE_)/);
    });
  }

  const endless = [
    "{{ range(1000000000) }}",
    "{{ 's' * 1000000000 }}",
    "{{ [0] * 1000000000 }}",
    "{{ 9 ** 9 ** 9 ** 9 }}",
    "{{ s.zfill(1000000000) }}",
    "{{ s.ljust(1000000000) }}",
    "{{ '%1000000000d'|format(1) }}",
    "{{ s|center(1000000000) }}",
    "{{ s|indent(1000000000) }}",
    "{% for a in range(9999) %}{% for b in range(9999) %}{{ a * b }}{% endfor %}{% endfor %}",
    "{% set ns = namespace(t='ab') %}{% for i in range(99) %}{% set ns.t = ns.t ~ ns.t %}{% endfor %}",
    `{{ ${"(".repeat(5_000)}1${")".repeat(5_000)} }}`,
    `{{ ${"not ".repeat(50_000)}1 }}`,
    `{{ 1${" + 1".repeat(50_000)} }}`,
    `${"{% if 1 %}".repeat(500)}${"{% endif %}".repeat(500)}`,
  ];
  for (const template of endless) {
    it(`end by a bound: \`${template.slice(0, 60)}\` (L60, L218)`, () => {
      assert.match(fateOf(template), /^(?:refused|TEMPLATE_)/);
    });
  }

  it("do not make content a template (L52)", () => {
    const result = rendered("{{ hidden }}", DATA);
    assert.deepEqual(result, { kind: "value", value: DATA.hidden });
  });

  const patterns = ["(a+)+$", "(a|aa)+$", "(.*a){30}", "(x+x+)+y"];
  for (const pattern of patterns) {
    it(`cannot make the pattern ${pattern} slow (L67)`, () => {
      const before = process.cpuUsage();
      rendered(`{{ t|regex_search('${pattern}') }}`, { t: `${"a".repeat(5_000)}!` });
      const { user, system } = process.cpuUsage(before);
      assert.ok((user + system) / 1_000 < 3_000);
    });
  }
  for (const pattern of ["(?=a)", "(?<!a)b", "(a)\\\\1"]) {
    it(`cannot use the pattern ${pattern} (L67)`, () => {
      assert.equal(fateOf(`{{ s|regex_search('${pattern}') }}`), "refused regex_unsupported");
    });
  }
});
