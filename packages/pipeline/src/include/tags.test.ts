import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { includeTags } from "./tags.ts";

function pathsIn(text: string): readonly string[] {
  return includeTags(text).map(({ path }) => path);
}

describe("the tags of included files (L166)", () => {
  it("are found in both spellings, with their places", () => {
    const text = "a {{ file: x y.md }} b << z/w >> c";
    assert.deepEqual(
      includeTags(text).map(({ path, start, end }) => [path, text.slice(start, end)]),
      [
        ["x y.md", "{{ file: x y.md }}"],
        ["z/w", "<< z/w >>"],
      ],
    );
  });

  it("are nothing else that looks alike", () => {
    for (const text of [
      "<< name >>",
      "<< a b.md >>",
      "<<a.md",
      "1 << 2.5",
      "{{ profile:x.md }}",
      "{{ file }}",
      "{{ file:{{ x }} }}",
      "{# << a.md >> #}",
      "{# << a.md >>",
      "{% raw %}<< a.md >>{%- endraw -%}",
      "{%- raw %}{{ file:a.md }}",
    ]) {
      assert.deepEqual(pathsIn(text), [], text);
    }
    assert.deepEqual(pathsIn("{% raw %}<<{% endraw %}<< a.md >>"), ["a.md"]);
  });

  it("are looked for in time that grows with the text only", () => {
    const many = 200_000;
    for (const part of [
      "<<",
      "<< ",
      "<<a",
      "<<a ",
      "{{ file:",
      "{{file:a ",
      "{{ ",
      "{% raw",
      "{%  ",
      "{#",
      "{% raw %}",
      "> ",
      "<<a.b>> ",
    ]) {
      const startedMs = performance.now();
      includeTags(part.repeat(many));
      includeTags(part + " ".repeat(many) + part);
      includeTags(part + "a".repeat(many) + part);
      assert.ok(performance.now() - startedMs < 2_000, part);
    }
  });
});
