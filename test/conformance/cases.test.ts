import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { readCases } from "./read-cases.ts";
import { rulesCitedIn } from "./rules.ts";
import { runCase } from "./run-case.ts";

for (const { file, cases } of readCases()) {
  describe(`conformance: ${file}`, () => {
    for (const each of cases) {
      it(`${each.rules.join(" ")} ${each.name}`, async () => {
        assert.ok(each.rules.length > 0 && each.rules.every((rule) => rulesCitedIn(rule).size > 0));
        await runCase(each);
      });
    }
  });
}
