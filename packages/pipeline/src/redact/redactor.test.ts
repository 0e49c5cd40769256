import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { below, drawFrom, oneOf } from "../testing/draw.ts";
import { leavesOf, Redactor } from "./redactor.ts";

function hiding(...values: readonly string[]): Redactor {
  const redactor = new Redactor();
  redactor.add(values);
  return redactor;
}

describe("what is hidden (L164)", () => {
  it("is a value as it is, within longer text, and as often as it stands there", () => {
    const redactor = hiding("s3cret-token");
    assert.equal(redactor.text("s3cret-token"), "***");
    assert.equal(redactor.text("Bearer s3cret-token; s3cret-token."), "Bearer ***; ***.");
    assert.equal(redactor.text("s3cret-toke"), "s3cret-toke");
  });

  it("is its form in a URL, however much of it is encoded", () => {
    const value = "p@ss word/ü!'(x)*&=+";
    const redactor = hiding(value);
    for (const form of [
      encodeURIComponent(value),
      encodeURI(value),
      new URLSearchParams({ q: value }).toString().slice(2),
      "p%40ss%20word/%C3%BC%21%27%28x%29%2A%26%3D%2B",
      "p%40ss+word%2f%c3%bc!'(x)*%26%3d%2b",
      "%70@s%73+word/%C3%bc!'(x)*&=+",
    ]) {
      assert.equal(redactor.text(`https://x/?q=${form}&r=1`), "https://x/?q=***&r=1", form);
    }
  });

  it("is its form in base64, wherever in longer data it begins", () => {
    const value = "hunter2-hunter2";
    const redactor = hiding(value);
    for (const before of ["", "u:", "us:", "use:", "user:"]) {
      for (const after of ["", "!", "!!", "!!!"]) {
        const encoded = Buffer.from(before + value + after).toString("base64");
        const shown = redactor.text(`Basic ${encoded}`);
        const [, left = "", right = ""] = /^Basic (\S*)\*\*\*(\S*)$/.exec(shown) ?? [];
        const known = Buffer.from(left, "base64").toString("latin1");
        assert.ok(shown.includes("***") && before.startsWith(known), `${encoded} ${shown}`);
        assert.ok(
          encoded.endsWith(right) && right.replace(/=+$/, "").length <= 4,
          `${encoded} ${shown}`,
        );
      }
    }
    const binary = hiding("\u00ff\u00fe~~\u00ff\u00ff??");
    const urlSafe = Buffer.from("\u00ff\u00fe~~\u00ff\u00ff??").toString("base64url");
    assert.equal(binary.text(urlSafe), "***");
  });

  it("is its form in JSON, and in JSON within JSON", () => {
    const value = 'a "quoted"\\\n<tag> é';
    const redactor = hiding(value);
    const once = JSON.stringify({ k: value });
    assert.equal(redactor.text(once), '{"k":"***"}');
    assert.equal(redactor.text(JSON.stringify({ k: once })), JSON.stringify({ k: '{"k":"***"}' }));
    assert.equal(redactor.text('"a \\"quoted\\"\\\\\\n<tag> \\u00e9"'), '"***"');
    assert.equal(redactor.text('"a \\"quoted\\"\\\\\\n\\u003ctag\\u003e \\u00e9"'), '"***"');
  });

  it("is a value without the white space around it too, since programs print it so", () => {
    assert.equal(hiding("key-from-a-file\n").text("[key-from-a-file]"), "[***]");
  });

  it("is the longer of two values that begin alike", () => {
    assert.equal(hiding("abcd", "abcdefgh").text("abcdefgh abcd"), "*** ***");
  });

  it("is nothing shorter than four characters", () => {
    const redactor = hiding("abc", "");
    assert.equal(redactor.isEmpty, true);
    assert.equal(redactor.text("abc"), "abc");
    assert.equal(hiding("").isEmpty, true);
  });

  it("is found in values of every shape, in keys and in numbers", () => {
    const redactor = hiding("12345678", "topsecret");
    assert.deepEqual(
      redactor.json({ a: ["x topsecret", { topsecret: 12345678 }], n: 1234, t: true, z: null }),
      { a: ["x ***", { "***": "***" }], n: 1234, t: true, z: null },
    );
  });

  it("leaves what has nothing to hide as it is", () => {
    const value = { a: [1, "b"] };
    assert.equal(new Redactor().json(value), value);
    assert.deepEqual(hiding("elsewhere").json(value), value);
  });

  it("never leaves a value behind, whatever stands around it", () => {
    const draw = drawFrom(7);
    const alphabet = Array.from("ab1/+=&%\\\"'<>é😀 \n*");
    for (let i = 0; i < 500; i += 1) {
      const value = Array.from({ length: 4 + below(draw, 8) }, () =>
        oneOf(draw, ["a", ...alphabet]),
      ).join("");
      const around = (): string =>
        Array.from({ length: below(draw, 6) }, () => oneOf(draw, ["b", ...alphabet])).join("");
      const text = around() + value + around();
      const redactor = hiding(value);
      if (value.includes("*")) continue;
      for (const form of [text, JSON.stringify(text), encodeURIComponent(text)]) {
        const shown = redactor.text(form);
        assert.ok(!shown.includes(value), JSON.stringify({ value, form, shown }));
      }
    }
  });
});

describe("the leaves of a value", () => {
  it("are its texts and numbers", () => {
    assert.deepEqual(leavesOf({ a: "x", b: [1, { c: "y" }], d: true, e: null }), ["x", "1", "y"]);
  });
});
