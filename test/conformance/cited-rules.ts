import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { rulesCitedIn } from "./rules.ts";

const root = new URL("../../", import.meta.url);
const TEST = /\.(?:test|contract)\.ts$|conformance\/cases\/[^/]+\.json$/;
const IGNORED = /(?:^|\/)(?:node_modules|dist)\//;

/** The rules that a test or a case of this repository cites. */
export function rulesCitedByTests(): ReadonlySet<number> {
  const texts = ["packages", "services", "apps", "test"]
    .flatMap(testsUnder)
    .map((path) => readFileSync(path, "utf8"));
  return rulesCitedIn(texts.join("\n"));
}

function testsUnder(folder: string): string[] {
  const path = fileURLToPath(new URL(`${folder}/`, root));
  return readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((name) => TEST.test(`${folder}/${name}`) && !IGNORED.test(name))
    .map((name) => `${path}${name}`);
}
