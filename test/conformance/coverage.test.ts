import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

import { RULES_IN_SCOPE, rulesCitedIn } from "./rules.ts";

const root = new URL("../../", import.meta.url);
const TEST = /\.(?:test|contract)\.ts$|conformance\/cases\/[^/]+\.json$/;
const IGNORED = /(?:^|\/)(?:node_modules|dist)\//;

describe("rule coverage", () => {
  it("has a test or a case for every rule in scope, but for exactly those in uncovered.json", () => {
    const texts = ["packages", "services", "apps", "test"]
      .flatMap(testsUnder)
      .map((path) => readFileSync(path, "utf8"));
    const cited = rulesCitedIn(texts.join("\n"));
    const uncovered = RULES_IN_SCOPE.filter((rule) => !cited.has(rule)).map((rule) => `L${rule}`);
    const listed: unknown = JSON.parse(
      readFileSync(new URL("./uncovered.json", import.meta.url), "utf8"),
    );
    assert.deepEqual(uncovered, listed);
  });
});

function testsUnder(folder: string): string[] {
  const path = fileURLToPath(new URL(`${folder}/`, root));
  return readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((name) => TEST.test(`${folder}/${name}`) && !IGNORED.test(name))
    .map((name) => `${path}${name}`);
}
