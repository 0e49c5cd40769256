import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { HeldTable } from "./held-table.ts";

describe("HeldTable", () => {
  it("says the same for the same runs in any order, and nothing once they are gone", () => {
    const [one, two] = [new HeldTable(), new HeldTable()];
    const [a, b] = [new Uint8Array(16).fill(1), new Uint8Array(16).fill(2)];
    one.add(a, 1);
    one.add(b, 1);
    two.add(b, 1);
    two.add(a, 1);
    assert.equal(one.hash, two.hash);
    one.remove(a, 1);
    assert.notEqual(one.hash, two.hash);
    one.remove(b, 1);
    assert.deepEqual([one.count, one.hash], [0, 0n]);
  });

  it("tells epochs of one run apart", () => {
    const [one, two] = [new HeldTable(), new HeldTable()];
    one.add(new Uint8Array(16), 1);
    two.add(new Uint8Array(16), 2);
    assert.notEqual(one.hash, two.hash);
  });
});
