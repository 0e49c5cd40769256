import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";

import type { Case } from "./case.ts";
import { rulesCitedIn } from "./rules.ts";
import { runCase } from "./run-case.ts";

const folder = new URL("./cases/", import.meta.url);

for (const file of readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .toSorted()) {
  describe(`conformance: ${file}`, () => {
    const cases: readonly Case[] = JSON.parse(readFileSync(new URL(file, folder), "utf8"));
    for (const each of cases) {
      it(`${each.rules.join(" ")} ${each.name}`, async () => {
        assert.ok(each.rules.length > 0 && each.rules.every((rule) => rulesCitedIn(rule).size > 0));
        await runCase(each);
      });
    }
  });
}
