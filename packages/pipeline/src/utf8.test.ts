import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { utf8From } from "./utf8.ts";

describe("texts in UTF-8", () => {
  it("are as an encoder makes them, each in its own bytes, whatever was made before", () => {
    const texts = Array.from({ length: 500 }, (_, i) => `${"aé€😀".repeat(i % 60)}${i}`);
    const made = texts.map((text) => utf8From(text));
    const large = "€".repeat(5_000);
    assert.deepEqual(
      made.map((bytes) => new TextDecoder().decode(bytes)),
      texts,
    );
    assert.equal(new TextDecoder().decode(utf8From(large)), large);
  });
});
