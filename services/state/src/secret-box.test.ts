import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { SecretBox } from "./secret-box.ts";

const PLACE = { namespace: "team", name: "API_KEY" };
const ROOT = "a root key of some length";

describe("SecretBox", () => {
  it("opens what it sealed, and shows nothing of it", () => {
    const sealed = new SecretBox(ROOT).seal("sk-ü-12345", PLACE);
    assert.equal(new SecretBox(ROOT).open(sealed, PLACE), "sk-ü-12345");
    assert.ok(!Buffer.from(sealed.ciphertext).toString("latin1").includes("12345"));
  });

  it("seals the same value differently each time", () => {
    const box = new SecretBox(ROOT);
    const [a, b] = [box.seal("same", PLACE), box.seal("same", PLACE)];
    assert.notDeepEqual(a.nonce, b.nonce);
    assert.notDeepEqual(a.ciphertext, b.ciphertext);
  });

  it("does not open a value in another place than its own", () => {
    const box = new SecretBox(ROOT);
    const sealed = box.seal("value", PLACE);
    assert.throws(() => box.open(sealed, { ...PLACE, name: "OTHER" }), /authenticate/);
    assert.throws(() => box.open(sealed, { ...PLACE, namespace: "other" }), /authenticate/);
  });

  it("does not open a value that was changed, or whose tag was cut", () => {
    const box = new SecretBox(ROOT);
    const sealed = box.seal("value", PLACE);
    for (let at = 0; at < sealed.ciphertext.byteLength; at += 1) {
      const ciphertext = Uint8Array.from(sealed.ciphertext);
      ciphertext[at] = (ciphertext[at] ?? 0) ^ 1;
      assert.throws(() => box.open({ ...sealed, ciphertext }, PLACE));
    }
    for (const length of [0, 4, 15, 17]) {
      const ciphertext = sealed.ciphertext.subarray(0, length);
      assert.throws(() => box.open({ ...sealed, ciphertext }, PLACE), `${length} bytes`);
    }
  });

  it("knows a value of another root key as such", () => {
    const sealed = new SecretBox("another root").seal("value", PLACE);
    const box = new SecretBox(ROOT);
    assert.equal(box.isOurs(sealed.keyId), false);
    assert.equal(box.open(sealed, PLACE), undefined);
  });

  it("tells values apart by a digest that needs the key", () => {
    const box = new SecretBox(ROOT);
    assert.equal(box.digest("a", PLACE), new SecretBox(ROOT).digest("a", PLACE));
    assert.notEqual(box.digest("a", PLACE), box.digest("b", PLACE));
    assert.notEqual(box.digest("a", PLACE), box.digest("a", { ...PLACE, name: "B" }));
    assert.notEqual(box.digest("a", PLACE), new SecretBox("other").digest("a", PLACE));
  });
});
