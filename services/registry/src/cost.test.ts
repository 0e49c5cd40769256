import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { costNanoUsd } from "./cost.ts";

describe("costNanoUsd", () => {
  const price = { inputNanoPerMtok: 150_000_000, outputNanoPerMtok: 600_000_000 };

  it("is exact to the nano-dollar, rounded up", () => {
    assert.equal(costNanoUsd(price, { inputTokens: 1_000, outputTokens: 500 }), 450_000);
    assert.equal(costNanoUsd(price, { inputTokens: 1, outputTokens: 0 }), 150);
    assert.equal(
      costNanoUsd(
        { inputNanoPerMtok: 1, outputNanoPerMtok: 0 },
        { inputTokens: 1, outputTokens: 0 },
      ),
      1,
    );
  });

  it("stays exact where products pass what a double holds", () => {
    const dear = { inputNanoPerMtok: 999_999_999_999, outputNanoPerMtok: 0 };
    assert.equal(costNanoUsd(dear, { inputTokens: 1_000_001, outputTokens: 0 }), 1_000_000_999_999);
  });

  it("is unknown, never nothing, for a model without a price", () => {
    assert.equal(costNanoUsd(undefined, { inputTokens: 1, outputTokens: 1 }), undefined);
  });
});
