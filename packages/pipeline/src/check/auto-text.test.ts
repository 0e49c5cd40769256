import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { AutoSpan } from "../source/node.ts";
import { nameAutos, type Reading } from "./auto-text.ts";

const TAG = "<AUTO>x</AUTO>";

function named(text: string, reading: Reading = "text") {
  const count = text.split(TAG).length - 1;
  const span: AutoSpan = { attributes: {}, body: "x", raw: TAG, start: 0 };
  return nameAutos(
    text,
    Array.from({ length: count }, () => span),
    reading,
  );
}

describe("nameAutos", () => {
  const sources: readonly (readonly [string, string, Reading?])[] = [
    [`a ${TAG} b`, "a {{ auto1 }} b"],
    [`{{ ${TAG} + 1 }}${TAG}`, "{{  auto1  + 1 }}{{ auto2 }}"],
    [`{% if ${TAG} %}${TAG}{% endif %}`, "{% if  auto1  %}{{ auto2 }}{% endif %}"],
    [`{{ "}}" ~ ${TAG} }}`, '{{ "}}" ~  auto1  }}'],
    [`{{ 'it\\'s' ~ '${TAG}' ~ "${TAG}" }}`, "{{ 'it\\'s' ~  auto1  ~  auto2  }}"],
    [`it's ${TAG}`, "it's {{ auto1 }}"],
    [`automatic ${TAG}`, "automatic {{ autox1 }}"],
    [`${TAG} and n > 1`, " auto1  and n > 1", "expression"],
    [`a == '${TAG}'`, "a ==  auto1 ", "expression"],
  ];
  for (const [text, source, reading] of sources) {
    it(`makes ${source} of ${text} (L127)`, () => {
      assert.equal(named(text, reading).source, source);
    });
  }

  it("says which tag is only a part of a quoted text", () => {
    const { autos } = named(`{{ 'a ${TAG}' ~ '${TAG}' }}`);
    assert.deepEqual(
      autos.map(({ isQuoted }) => isQuoted),
      [true, false],
    );
  });

  it("knows where each character was written; one of a name at its tag", () => {
    const text = `ab ${TAG} cd {{ ${TAG} }} e`;
    const { source, indexOf } = named(text);
    for (const word of ["ab", "cd", "e"]) {
      assert.equal(indexOf(source.lastIndexOf(word)), text.lastIndexOf(word));
    }
    assert.equal(indexOf(source.indexOf("auto1")), text.indexOf(TAG));
    assert.equal(indexOf(source.indexOf("auto2")), text.lastIndexOf(TAG));
  });
});
