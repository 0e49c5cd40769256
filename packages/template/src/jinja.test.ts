// What Jinja 3.1.6 gives for these templates with trim_blocks, lstrip_blocks and keep_trailing_newline (numbers as L3 prints them).
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { outputOf } from "./testing/rendering.ts";
import type { Value } from "./values/value.ts";

const DATA: { readonly [name: string]: Value } = {
  n: 5,
  f: 2.5,
  s: "Hello wörld",
  t: "  pad  ",
  xs: [3, 1, 2],
  ws: ["b", "A", "c", "a"],
  o: { k: 1, B: 2, a: 3 },
  rows: [
    { n: "x", v: 2, g: "q" },
    { n: "Y", v: 1, g: "p" },
    { n: "z", v: 3, g: "q" },
  ],
  html: "<b>a & 'b' \"c\"</b>",
  long: "The quick brown fox jumps over the lazy dog and runs-away from extraordinarily long-hyphenated words",
  ml: "one\ntwo\n\nthree\n",
  e: [],
  z: 0,
  nul: null,
  yes: true,
};

const CASES: readonly (readonly [string, string])[] = [
  ["{{ n + 2 * 3 }}", "11"],
  ["{{ -n ** 2 }}", "25"],
  ["{{ 2 ** 3 ** 2 }}", "64"],
  ["{{ 7 // 2 }} {{ -7 // 2 }} {{ 7 % 3 }} {{ -7 % 3 }} {{ 7 / 2 }}", "3 -4 1 2 3.5"],
  ["{{ 'a' 'b' }}", "ab"],
  ["{{ 1 < 2 < 3 }} {{ 3 > 2 > 2 }}", "True False"],
  ["{{ 2 in xs }} {{ 9 not in xs }} {{ 'ell' in s }} {{ 'k' in o }}", "True True True True"],
  ["{{ not n == 5 }} {{ not (n == 5) or true }}", "False True"],
  ["{{ 'y' if n > 3 else 'n' }} {{ 'y' if n > 9 }}", "y "],
  ["{{ 1 if false else 2 if false else 3 }}", "3"],
  [
    "{{ xs[0] }} {{ xs[-1] }} {{ xs[:2]|join('-') }} {{ xs[::-1]|join('-') }} {{ s[1:4] }} {{ s[::-1] }} {{ xs[5:]|join('-') }} {{ xs[-2:]|join('-') }} {{ xs[2:0:-1]|join('-') }}",
    "3 2 3-1 2-1-3 ell dlröw olleH  1-2 2-1",
  ],
  ["{{ o.k }} {{ o['B'] }} {{ o.get('zz', 4) }} {{ o.items()|list|length }}", "1 2 4 3"],
  [
    '{{ s|upper }} {{ s|lower }} {{ s|title }} {{ s|capitalize }} {{ "it\'s a-b (c)"|title }} {{ "it\'s".title() }}',
    "HELLO WÖRLD hello wörld Hello Wörld Hello wörld It's A-B (C) It'S",
  ],
  ["{{ t|trim }}| {{ 'xxaxx'|trim('x') }}", "pad| a"],
  [
    "{{ s|replace('l','L') }} {{ s|replace('l','L',1) }} {{ 'aaa'|replace('', '-') }}",
    "HeLLo wörLd HeLlo wörld -a-a-a-",
  ],
  [
    "{{ 'ab'|center(7) }}| {{ 'ab'|center(6) }}| {{ 'abc'|center(6) }}| {{ 'abc'.center(8,'*') }}| {{ 'ab'.center(5,'*') }}",
    "   ab  |   ab  |  abc  | **abc***| **ab*",
  ],
  [
    "{{ ml|indent }} {{ ml|indent(2, true) }} {{ ml|indent(2, false, true) }} {{ ml|indent('> ') }}",
    "one\n    two\n\n    three\n   one\n  two\n\n  three\n one\n  two\n  \n  three\n   one\n> two\n\n> three\n",
  ],
  [
    "{{ html|striptags }} {{ html|escape }} {{ html|e }}",
    "a & 'b' \"c\" &lt;b&gt;a &amp; &#39;b&#39; &#34;c&#34;&lt;/b&gt; &lt;b&gt;a &amp; &#39;b&#39; &#34;c&#34;&lt;/b&gt;",
  ],
  ["{{ '<!-- x --> a   b <i>c</i>&lt;'|striptags }}", "a b c<"],
  ["{{ s|wordcount }} {{ long|wordcount }}", "2 17"],
  [
    "{{ long|wordwrap(20) }}",
    "The quick brown fox\njumps over the lazy\ndog and runs-away\nfrom extraordinarily\nlong-hyphenated\nwords",
  ],
  [
    "{{ long|wordwrap(10, false) }}",
    "The quick\nbrown fox\njumps over\nthe lazy\ndog and\nruns-away\nfrom\nextraordinarily\nlong-\nhyphenated\nwords",
  ],
  [
    "{{ long|wordwrap(8) }}",
    "The\nquick\nbrown\nfox\njumps\nover the\nlazy dog\nand\nruns-\naway\nfrom ext\nraordina\nrily\nlong-hyp\nhenated\nwords",
  ],
  [
    "{{ long|wordwrap(12, true, '|', false) }}",
    "The quick|brown fox|jumps over|the lazy dog|and|runs-away|from extraor|dinarily lon|g-hyphenated|words",
  ],
  ["{{ ml|wordwrap(3) }}", "one\ntwo\n\nthr\nee"],
  [
    "{{ long|wordwrap(3) }}",
    "The\nqui\nck \nbro\nwn\nfox\njum\nps \nove\nr\nthe\nlaz\ny\ndog\nand\nrun\ns-a\nway\nfro\nm e\nxtr\naor\ndin\nari\nly \nlon\ng-h\nyph\nena\nted\nwor\nds",
  ],
  [
    "{{ long|wordwrap(5, true, '/', false) }}",
    "The/quick/brown/fox/jumps/over/the/lazy/dog/and r/uns-a/way/from /extra/ordin/arily/long-/hyphe/nated/words",
  ],
  ["{{ 'runs-away' |wordwrap(1, true, '/') }}", "r/u/n/s/-/a/w/a/y"],
  ["{{ '--a-bcdefgh'|wordwrap(4, true, '/') }}", "--a-/bcde/fgh"],
  [
    "{{ 'a b/c?d=é&x'|urlencode }} {{ {'a b':'c/d','e':1}|urlencode }} {{ [('x','y z')]|urlencode }}",
    "a%20b/c%3Fd%3D%C3%A9%26x a+b=c%2Fd&e=1 x=y+z",
  ],
  ["{{ n|string ~ 1 }}", "51"],
  ["{{ -3|abs }} {{ -3.5|abs }}", "3 3.5"],
  [
    "{% for b in range(7)|batch(3) %}[{{ b|join(',') }}]{% endfor %} {% for b in range(7)|batch(3,'x') %}[{{ b|join(',') }}]{% endfor %}",
    "[0,1,2][3,4,5][6] [0,1,2][3,4,5][6,x,x]",
  ],
  [
    "{% for b in range(7)|slice(3) %}[{{ b|join(',') }}]{% endfor %} {% for b in range(7)|slice(3,'x') %}[{{ b|join(',') }}]{% endfor %} {% for b in range(2)|slice(4,'x') %}[{{ b|join(',') }}]{% endfor %}",
    "[0,1,2][3,4][5,6] [0,1,2][3,4,x][5,6,x] [0][1][x][x]",
  ],
  [
    "{% for k,v in o|dictsort %}{{k}}{{v}}{% endfor %} {% for k,v in o|dictsort(true) %}{{k}}{{v}}{% endfor %} {% for k,v in o|dictsort(false,'value',true) %}{{k}}{{v}}{% endfor %}",
    "a3B2k1 B2a3k1 a3B2k1",
  ],
  [
    "{% for k,v in o|items %}{{k}}{{v}}{% endfor %} {{ o|list|join(',') }} {{ 'abc'|list|join(',') }}",
    "k1B2a3 k,B,a a,b,c",
  ],
  ["{{ 'abc'|reverse }} {{ xs|reverse|join(',') }}", "cba 2,1,3"],
  [
    "{{ xs|sum }} {{ rows|sum('v') }} {{ rows|sum(attribute='v', start=10) }} {{ e|sum }}",
    "6 6 16 0",
  ],
  [
    "{% for g, l in rows|groupby('g') %}{{g}}:{{ l|map(attribute='n')|join(',') }};{% endfor %} {% for g in rows|groupby('g') %}{{g.grouper}}{{g.list|length}}{% endfor %}",
    "p:Y;q:x,z; p1q2",
  ],
  [
    "{{ xs|select('odd')|join(',') }} {{ xs|reject('odd')|join(',') }} {{ [0,1,'',2]|select|join(',') }} {{ xs|select('>', 1)|join(',') }} {{ xs|select('divisibleby', 3)|join(',') }}",
    "3,1 2 1,2 3,2 3",
  ],
  [
    "{{ rows|selectattr('v','gt',1)|map(attribute='n')|join(',') }} {{ rows|rejectattr('g','equalto','q')|map(attribute='n')|join(',') }} {{ rows|selectattr('v')|list|length }}",
    "x,z Y 3",
  ],
  [
    "{{ ws|map('upper')|join(',') }} {{ rows|map(attribute='zz', default='-')|join(',') }} {{ xs|map('string')|map('center',3)|join('|') }}",
    "B,A,C,A -,-,-  3 | 1 | 2 ",
  ],
  [
    "{{ ws|sort|join(',') }} {{ ws|sort(true)|join(',') }} {{ ws|sort(case_sensitive=true)|join(',') }} {{ rows|sort(attribute='g,v')|map(attribute='n')|join(',') }} {{ rows|sort(attribute='n')|map(attribute='n')|join(',') }}",
    "A,a,b,c c,b,A,a A,a,b,c Y,x,z x,Y,z",
  ],
  [
    "{{ ws|unique|join(',') }} {{ ws|unique(true)|join(',') }} {{ rows|unique(attribute='g')|map(attribute='n')|join(',') }}",
    "b,A,c b,A,c,a x,Y",
  ],
  [
    "{{ xs|min }} {{ xs|max }} {{ ws|min }} {{ ws|max }} {{ (rows|max(attribute='v')).n }} {{ ws|min(true) }}",
    "1 3 A c z A",
  ],
  [
    "{{ long|truncate(20) }} {{ long|truncate(20,true) }} {{ long|truncate(20,false,'…') }} {{ 'abc def'|truncate(5) }} {{ 'abc def'|truncate(5,leeway=0) }} {{ 'abcdefghijkl'|truncate(5,leeway=0) }}",
    "The quick brown... The quick brown f... The quick brown… abc def ab... ab...",
  ],
  [
    "{{ html|tojson }} {{ {'b':1,'a':[1,2,{'x':none}]}|tojson }} {{ {'b':1,'a':[1,[],{}]}|tojson(2) }} {{ 'é'|tojson }}",
    '"\\u003cb\\u003ea \\u0026 \\u0027b\\u0027 \\"c\\"\\u003c/b\\u003e" {"a": [1, 2, {"x": null}], "b": 1} {\n  "a": [\n    1,\n    [],\n    {}\n  ],\n  "b": 1\n} "\\u00e9"',
  ],
  [
    "{{ '%s-%d-%05.2f-%x-%5s|%-5s|%+d'|format('a', 3.9, 2.345, 255, 'r', 'l', 4) }} {{ '%e %g %g %%'|format(12345.678, 0.00001234, 123456789) }} {{ '%(a)s!'|format(a=1) }}",
    "a-3-02.35-ff-    r|l    |+4 1.234568e+04 1.234e-05 1.23457e+08 % 1!",
  ],
  [
    "{{ 2.5|round|int }} {{ 3.5|round|int }} {{ 2.675|round(2) }} {{ 2.1|round(0,'ceil')|int }} {{ 2.9|round(0,'floor')|int }} {{ 1234|round(-2)|int }} {{ 1.005|round(2) }} {{ 0.125|round(2) }} {{ 0.375|round(2) }}",
    "2 4 2.67 3 2 1200 1 0.12 0.38",
  ],
  [
    "{{ '42'|int }} {{ '4.7'|int }} {{ 'x'|int(9) }} {{ -3.7|int }} {{ '2.5'|float }} {{ 'x'|float(1.5) }}",
    "42 4 9 -3 2.5 1.5",
  ],
  [
    "{{ nul is none }} {{ zz is defined }} {{ zz is undefined }} {{ n is number }} {{ n is odd }} {{ n is even }} {{ n is divisibleby 5 }} {{ n is divisibleby(2) }} {{ s is string }} {{ o is mapping }} {{ xs is sequence }} {{ xs is iterable }} {{ n is iterable }} {{ 'ab' is lower }} {{ 'AB' is upper }} {{ n is in xs }} {{ 3 is in xs }} {{ yes is true }} {{ yes is boolean }} {{ n is not string }} {{ f is float }} {{ n is integer }} {{ n is sameas 5 }} {{ 'upper' is filter }} {{ n is eq 5 }} {{ n is ge(6) }}",
    "True False True True True False True False True True True True False True True False True True True True True True True True True False",
  ],
  [
    "{% for x in xs %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.cycle('a','b') }}{{ loop.depth }};{% else %}none{% endfor %}",
    "1032TrueFalse3a1;2121FalseFalse3b1;3210FalseTrue3a1;",
  ],
  ["{% for x in e %}a{% else %}none{% endfor %}", "none"],
  [
    "{% for x in xs %}{{ loop.previtem|default('-') }}{{ loop.nextitem|default('-') }}{{ loop.changed(x > 1) }};{% endfor %}",
    "-1True;32True;1-True;",
  ],
  ["{% for x in xs if x > 1 %}{{ loop.length }}{{ x }}{% endfor %}", "2322"],
  ["{% for k, v in o.items() %}{{ k }}={{ v }},{% endfor %}", "k=1,B=2,a=3,"],
  ["{% set x = 1 %}{% for i in xs %}{% set x = x + i %}{% endfor %}{{ x }}", "1"],
  [
    "{% set ns = namespace(a=1, b='q') %}{% for i in xs %}{% set ns.a = ns.a * i %}{% endfor %}{{ ns.a }}{{ ns.b }}",
    "6q",
  ],
  [
    "{% set a, b = 1, 2 %}{{ a }}{{ b }}{% set c %}cap {{ n }}{% endset %}{{ c }}{% set d | upper | trim %} up {% endset %}{{ d }}",
    "12cap 5UP",
  ],
  ["{% with a=1, b=n %}{{ a }}{{ b }}{% endwith %}{{ a|default('gone') }}", "15gone"],
  ["{% filter upper | replace('O','0') %}foo {{ s }}{% endfilter %}", "F00 HELL0 WÖRLD"],
  ["{% raw %}{{ x }} {% if %}{% endraw %}", "{{ x }} {% if %}"],
  ["{{ '{{' }} {{ \"}}\" }} {{ '%}' }}", "{{ }} %}"],
  ["a {# c #} b {#- d -#}  e", "a  be"],
  ["{% if n > 9 %}a{% elif n > 4 %}b{% else %}c{% endif %}", "b"],
  ["{{- n -}}   x   {{- n }}", "5x5"],
  [
    "{{ 'a,b,c'.split(',')|join('|') }} {{ ' a  b '.split()|join('|') }} {{ 'a b c d'.split(' ', 2)|join('|') }} {{ 'a b c d'.rsplit(none, 1)|join('|') }} {{ ' a  b  c '.split(none,1)|join('|') }} {{ 'a.b.c'.partition('.')|join('|') }} {{ 'a.b.c'.rpartition('.')|join('|') }}",
    "a|b|c a|b a|b|c d a b c|d a|b  c  a|.|b.c a.b|.|c",
  ],
  [
    "{{ 'abc'.find('c') }} {{ 'abc'.find('z') }} {{ 'abcabc'.rfind('b') }} {{ 'abcabc'.count('bc') }} {{ 'abc'.index('b') }} {{ 'abc'.startswith('ab') }} {{ 'abc'.endswith(('x','bc')) }} {{ 'abcabc'.find('a', 1) }} {{ 'abcabc'.startswith('b', 1) }}",
    "2 -1 4 2 1 True True 3 True",
  ],
  [
    "{{ '42'.zfill(5) }} {{ '-42'.zfill(5) }} {{ 'a'.ljust(3,'.') }} {{ 'a'.rjust(3,'.') }} {{ 'xaxbx'.strip('x') }} {{ 'xxa'.lstrip('x') }} {{ 'axx'.rstrip('x') }}",
    "00042 -0042 a.. ..a axb a a",
  ],
  [
    "{{ 'aBc'.swapcase() }} {{ 'ß'.casefold() }} {{ 'abc1'.isalnum() }} {{ 'abc'.isalpha() }} {{ '12'.isdigit() }} {{ '½'.isnumeric() }} {{ ' '.isspace() }} {{ 'prefix-x'.removeprefix('prefix-') }} {{ 'x.py'.removesuffix('.py') }} {{ 'a\\nb\\r\\nc'.splitlines()|join('|') }} {{ 'hello world'.capitalize() }}",
    "AbC ss True True True True True x x a|b|c Hello world",
  ],
  [
    "{{ xs.count(1) }} {{ xs.index(2) }} {{ o.keys()|list|join(',') }} {{ o.values()|list|join(',') }}",
    "1 2 k,B,a 1,2,3",
  ],
  [
    "{{ dict(a=1)['a'] }} {{ range(1,10,3)|join(',') }} {{ range(5,0,-2)|join(',') }}",
    "1 1,4,7 5,3,1",
  ],
  [
    "{{ 1_000 }} {{ 0x1f }} {{ 1e3|int }} {{ 0b101 }} {{ 0o17 }} {{ 1.5e-3 }}",
    "1000 31 1000 5 15 0.0015",
  ],
  ["{{ 'a\\tb\\x41\\u00e9\\'q\\\\' }} {{ \"a\\qb\" }}", "a\tbAé'q\\ a\\qb"],
  ["{{ xs|first }} {{ xs|last }} {{ 'abc'|first }} {{ s|length }} {{ o|count }}", "3 2 a 11 3"],
  ["{{ '' or 'x' }} {{ 'a' and 'b' }} {{ none or 0 or 'z' }}", "x b z"],
  [
    "{{ n if n else 0 }} {{ [1,2] + [3] == [1,2,3] }} {{ (1,2)|length }} {{ {'a':1} == {'a':1.0} }} {{ 1 == 1.0 }} {{ '1' == 1 }}",
    "5 True 2 True True False",
  ],
  ["{{ 'ab' * 2 }} {{ ([0] * 3)|join(',') }} {{ 'a' + 'b' }}", "abab 0,0,0 ab"],
  [
    "{{ nul is none and not false }} {{ n is defined and n > 2 }} {{ n is not defined or n < 2 }}",
    "True True False",
  ],
  ["{{ xs | map('string') | list | join(\"-\") | upper }}", "3-1-2"],
  ["{{ (n|string).zfill(3) }}", "005"],
  ["{{ -n|abs }} {{ (-n)|abs }} {{ - -n }} {{ +n }}", "5 5 5 5"],
  ["{{ n is odd == true }}", "True"],
  ["{{ rows[0].n }}{{ rows[0]['v'] }}{{ rows.0.n }}", "x2x"],
  ["{{ loop is defined }}", "False"],
  ["{{ 'a' < 'b' }} {{ [1,2] < [1,3] }} {{ 'Z' < 'a' }}", "True True True"],
  [
    '{{ "x"|default("d") }} {{ zz|default("d") }} {{ ""|default("d") }}| {{ ""|default("d", true) }} {{ nul|default(\'d\') is none }} {{ zz.q|default(\'k\') }}',
    "x d | d True k",
  ],
  ["  {% if n %}\n  a\n  {% endif %}\n  b\n", "  a\n  b\n"],
  ["{% for x in xs %}\n- {{ x }}\n{% endfor %}\n", "- 3\n- 1\n- 2\n"],
  ["  {%+ if n %}x{% endif %}\n y", "  x y"],
  ["{% if n -%}   \n  z\n{%- endif %}\nq\n\n", "zq\n\n"],
  ["{# c #}\nline\n  {# d #}\nm", "line\nm"],
  ["a\n  {{ n }}\n  {%- if n %} t {% endif +%}\nb", "a\n  5 t \nb"],
  ["{% raw %}\n  {{ x }}\n  {% endraw %}\nz", "\n  {{ x }}\nz"],
  ["x {% if n %}y{% endif %} z\n", "x y z\n"],
  ["  {% set q = 1 %}  \nw{{ q }}", "  \nw1"],
  ["a{%- raw -%}  {{ k }}  {%- endraw -%}  b", "a{{ k }}b"],
  ["\n\n{% if n %}\n\n1\n\n{% endif %}\n\n", "\n\n\n1\n\n\n"],
  ["{% for x in xs -%}\n  {{ x }}\n{%- endfor %}", "312"],
  ["  {#- k -#}  \n  w", "w"],
  ["{%- for x in xs %} {{ x }} {% endfor -%}\n\n e", " 3  1  2 e"],
  ["\t{% if n %}\n\tq\n\t{% endif %}", "\tq\n"],
];

describe("Jinja 3.1", () => {
  for (const [template, expected] of CASES) {
    it(`gives the same for ${JSON.stringify(template)} (L57, L61, L64, L66, L72, L73)`, () => {
      assert.equal(outputOf(template, DATA), expected);
    });
  }
});
