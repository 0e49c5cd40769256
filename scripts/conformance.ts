// Runs the cases of the language and prints how much of it they cover: against the packages here, or against a mesh by its URL.
// With --mutate it breaks the implementation in a throw-away copy, once for each listed mutation, and asks of the cases of that rule
// that one of them tells.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

import { createOrchestrator } from "@orchestrator/client";
import { openNodeTransport } from "@orchestrator/client/node";

import { isPublic, runAgainst } from "../test/conformance/against-mesh.ts";
import type { Case } from "../test/conformance/case.ts";
import { rulesCitedByTests } from "../test/conformance/cited-rules.ts";
import { mutateEach } from "../test/conformance/mutations/mutate-each.ts";
import { readCases } from "../test/conformance/read-cases.ts";
import { RULES_IN_SCOPE, rulesCitedIn } from "../test/conformance/rules.ts";
import { runCase } from "../test/conformance/run-case.ts";

const { values } = parseArgs({
  options: {
    /** A mesh to ask in the place of the packages here. */
    url: { type: "string" },
    "api-key-file": { type: "string" },
    /** Only the cases of this rule. */
    rule: { type: "string" },
    mutate: { type: "boolean", default: false },
    /** With --mutate: only the mutations whose rule this is. */
    only: { type: "string" },
  },
});

if (values.mutate) {
  process.exitCode = (await mutateEach(values.only)) ? 0 : 1;
} else {
  const { url } = values;
  process.exitCode = (await (url === undefined ? runHere() : runByUrl(url))) === 0 ? 0 : 1;
}

async function runHere(): Promise<number> {
  const cases = chosenCases();
  const failures = await runAll(cases, runCase);
  console.log(JSON.stringify({ ...coverageOf(cases), cases: cases.length, failures }));
  return failures;
}

async function runByUrl(url: string): Promise<number> {
  const keyFile = values["api-key-file"];
  const apiKey = keyFile === undefined ? undefined : readFileSync(keyFile, "utf8").trim();
  using transport = openNodeTransport({ url, ...(apiKey === undefined ? {} : { apiKey }) });
  const mesh = createOrchestrator(transport);
  const all = chosenCases();
  const cases = all.filter(isPublic);
  const failures = await runAll(cases, (each) => runAgainst(mesh, each));
  const left = all.length - cases.length;
  const facts = { ...coverageOf(cases), cases: cases.length, notPublic: left, failures };
  console.log(JSON.stringify(facts));
  return failures;
}

function chosenCases(): readonly Case[] {
  const all = readCases().flatMap(({ cases }) => cases);
  const wanted = rulesCitedIn(values.rule ?? "");
  return values.rule === undefined
    ? all
    : all.filter(({ rules }) => [...rulesCitedIn(rules.join(" "))].some((r) => wanted.has(r)));
}

async function runAll<C extends Case>(
  cases: readonly C[],
  run: (each: C) => Promise<void>,
): Promise<number> {
  let failures = 0;
  for (const each of cases) {
    try {
      await run(each);
    } catch (error) {
      failures += 1;
      const [problem] = String(error instanceof Error ? error.message : error).split("\n");
      console.log(`FAILED ${each.rules.join(" ")} ${each.name}: ${problem}`);
    }
  }
  return failures;
}

/** How many rules in scope have a case among these, and how many have a case or a test anywhere here. */
function coverageOf(cases: readonly Case[]) {
  const shown = rulesCitedIn(cases.flatMap(({ rules }) => rules).join(" "));
  const tested = rulesCitedByTests();
  const inScope = RULES_IN_SCOPE.length;
  const byCases = RULES_IN_SCOPE.filter((rule) => shown.has(rule)).length;
  const byTests = RULES_IN_SCOPE.filter((rule) => tested.has(rule)).length;
  return {
    rules: inScope,
    withCases: byCases,
    withCasesOrTests: byTests,
    coverage: `${((100 * byTests) / inScope).toFixed(1)} %`,
  };
}
