import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { backoffMs, createRetryBudget, DEFAULT_RETRY } from "./retry-policy.ts";

describe("createRetryBudget", () => {
  it("stops retries when half of it is spent, and earns them back by successes", () => {
    const budget = createRetryBudget();
    for (let i = 0; i < 50; i++) budget.failed();
    assert.equal(budget.allows(), false);
    for (let i = 0; i < 11; i++) budget.succeeded();
    assert.equal(budget.allows(), true);
  });
});

describe("backoffMs", () => {
  it("doubles up to its bound, and is spread by chance", () => {
    const most = [2, 3, 4, 9].map((attempt) =>
      backoffMs(attempt, { ...DEFAULT_RETRY, random: () => 1 }),
    );
    assert.deepEqual(most, [50, 100, 200, 1_000]);
    assert.equal(backoffMs(4, { ...DEFAULT_RETRY, random: () => 0 }), 0);
  });
});
