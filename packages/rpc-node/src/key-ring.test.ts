import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { createKeyRing } from "./key-ring.ts";

describe("createKeyRing", () => {
  const entries = ["one", "two", ""].map((key) => ({ key, keyId: `id-${key}`, namespace: "n" }));
  const ring = createKeyRing(entries, "pepper");

  it("finds whose a key is, and knows no other", () => {
    assert.deepEqual(ring.find("two"), { keyId: "id-two", namespace: "n" });
    assert.equal(ring.find("three"), undefined);
  });

  it("finds nobody for the empty key, whatever it was told", () => {
    assert.equal(ring.find(""), undefined);
  });
});
