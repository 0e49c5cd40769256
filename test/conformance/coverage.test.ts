import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";

import { rulesCitedByTests } from "./cited-rules.ts";
import { RULES_IN_SCOPE } from "./rules.ts";

describe("rule coverage", () => {
  it("has a test or a case for every rule in scope, but for exactly those in uncovered.json", () => {
    const cited = rulesCitedByTests();
    const uncovered = RULES_IN_SCOPE.filter((rule) => !cited.has(rule)).map((rule) => `L${rule}`);
    const listed: unknown = JSON.parse(
      readFileSync(new URL("./uncovered.json", import.meta.url), "utf8"),
    );
    assert.deepEqual(uncovered, listed);
  });
});
