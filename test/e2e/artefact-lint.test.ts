import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { lintArtefact, lintDocument } from "../corpus/artefact-lint.ts";

function faultsOf(path: string, text: string): string[] {
  return lintArtefact({ path, content: Buffer.from(text) }).map(({ fault }) => fault);
}

describe("the lint of artefacts", () => {
  it("passes what a careful run writes", () => {
    assert.deepEqual(
      faultsOf("report.md", "# Report\n\nNone of the 3 rows was undefined behaviour.\n"),
      [],
    );
    assert.deepEqual(faultsOf("rows.csv", 'name,note\na,"b, c"\nd,\n'), []);
    assert.deepEqual(faultsOf("data.json", '{"a": null}\n'), []);
    assert.deepEqual(faultsOf("image.bin", "\u0000{{"), []);
  });

  it("finds the traces of values that were not what they should be", () => {
    for (const text of [
      "total: [object Object]\n",
      "hello {{ name }}\n",
      "<AUTO>choose</AUTO>\n",
      "total: undefined\n",
      "| name | None |\n",
      "rows: {'a': 1}\n",
    ]) {
      assert.equal(faultsOf("report.md", text).length, 1, text);
    }
  });

  it("finds files that are not of their kind", () => {
    assert.match(faultsOf("rows.csv", '[{"a": 1}]\n')[0] ?? "", /JSON where a table/);
    assert.match(faultsOf("rows.csv", "a,b\n1\n")[0] ?? "", /no table/);
    assert.match(faultsOf("rows.csv", "")[0] ?? "", /empty table/);
    assert.match(faultsOf("notes.txt", '{"a": 1}')[0] ?? "", /JSON where a text/);
    assert.match(faultsOf("data.json", "{a: 1}")[0] ?? "", /not JSON/);
  });

  it("finds outputs that are null though every step ran", () => {
    const outputs = { text: null, other: "{{ x }}" };
    const completed = { a: { status: "completed" } };
    assert.deepEqual(
      lintDocument({ steps: completed, outputs }).map(({ path }) => path),
      ["outputs.text", "outputs.other"],
    );
    const skipped = { ...completed, b: { status: "skipped" } };
    assert.deepEqual(lintDocument({ steps: skipped, outputs: { text: null } }), []);
  });
});
