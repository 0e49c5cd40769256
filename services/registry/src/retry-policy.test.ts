import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { ErrorClass, ProviderError } from "./provider.ts";
import { afterError, codeOf, type Standing } from "./retry-policy.ts";

const STANDING: Standing = {
  attempts: 1,
  maxAttempts: 3,
  candidatesLeft: 0,
  remainingMs: 60_000,
  wasShown: false,
  random: 0.5,
};

describe("afterError", () => {
  const decisions: readonly (readonly [ErrorClass, string, string])[] = [
    ["rate_limited", "again", "next"],
    ["overloaded", "again", "next"],
    ["network", "again", "next"],
    ["malformed", "again", "next"],
    ["quota_exhausted", "fail", "next"],
    ["authentication", "fail", "next"],
    ["model_not_found", "fail", "next"],
    ["context_exceeded", "fail", "next"],
    ["refused", "fail", "next"],
    ["timeout", "fail", "fail"],
    ["cancelled", "fail", "fail"],
  ];
  for (const [kind, alone, withOthers] of decisions) {
    it(`decides ${alone} after ${kind}, and ${withOthers} when the last attempts are owed to others`, () => {
      assert.equal(afterError(errorOf(kind), STANDING).kind, alone);
      assert.equal(afterError(errorOf(kind), { ...STANDING, candidatesLeft: 2 }).kind, withOthers);
    });
  }

  it("gives up at the bound of attempts, whoever is left", () => {
    const last = { ...STANDING, attempts: 3, candidatesLeft: 2 };
    assert.equal(afterError(errorOf("overloaded"), last).kind, "fail");
  });

  it("waits as long as the provider says", () => {
    const decision = afterError(errorOf("rate_limited", 2_000), STANDING);
    assert.ok(decision.kind === "again" && decision.delayMs >= 2_000 && decision.delayMs < 2_500);
  });

  it("does not wait past the deadline, nor for a hint of minutes", () => {
    const late = { ...STANDING, remainingMs: 1_000 };
    assert.equal(afterError(errorOf("rate_limited", 2_000), late).kind, "fail");
    assert.equal(afterError(errorOf("rate_limited", 40_000), STANDING).kind, "fail");
  });

  it("backs off longer each time", () => {
    const waits = [1, 2, 3].map((attempts) => {
      const decision = afterError(errorOf("network"), { ...STANDING, attempts, maxAttempts: 9 });
      return decision.kind === "again" ? decision.delayMs : 0;
    });
    assert.deepEqual(waits, [187.5, 375, 750]);
  });

  it("never repeats what the caller was shown a part of", () => {
    const shown = { ...STANDING, wasShown: true, candidatesLeft: 1 };
    assert.equal(afterError(errorOf("network"), shown).kind, "fail");
  });
});

describe("codeOf", () => {
  it("takes an account without means for a matter of its owner, since RATE_LIMITED is retried", () => {
    assert.equal(codeOf("quota_exhausted"), "AUTHENTICATION");
    assert.equal(codeOf("rate_limited"), "RATE_LIMITED");
  });
});

function errorOf(kind: ErrorClass, retryAfterMs?: number): ProviderError {
  const hint = retryAfterMs === undefined ? {} : { retryAfterMs };
  return { kind: "error", class: kind, message: "no", mayHavePaid: false, ...hint };
}
