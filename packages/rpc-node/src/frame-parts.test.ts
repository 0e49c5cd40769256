import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { frameParts } from "./frame-parts.ts";

const MIB = 1 << 20;

describe("parting what is sent into frames", () => {
  it("leaves together what fits, and parts the rest in order", () => {
    assert.deepEqual(partsOf([]), []);
    assert.deepEqual(partsOf([1, 2, 3]), [[1, 2, 3]]);
    assert.deepEqual(partsOf([MIB, MIB, 1, MIB]), [
      [MIB, MIB],
      [1, MIB],
    ]);
  });

  it("lets go alone what is larger than a frame", () => {
    assert.deepEqual(partsOf([1, 5 * MIB, 2, 3]), [[1], [5 * MIB], [2, 3]]);
  });
});

function partsOf(sizes: readonly number[]) {
  return frameParts(sizes, (size) => size);
}
