import { spawnSync } from "node:child_process";

import { copySources, type SourceCopy } from "./mutated-copy.ts";
import type { Mutation } from "./mutation.ts";
import { MUTATIONS } from "./mutations.ts";

const LIMIT_MS = 120_000;

type Verdict = { readonly word: "caught" | "SURVIVED" | "BROKEN"; readonly by: string };

/** Breaks a copy of the sources in every listed way and says what caught it; false where something did not. */
export async function mutateEach(only?: string): Promise<boolean> {
  const chosen = MUTATIONS.filter(({ rule }) => only === undefined || rule === only);
  using copy = copySources();
  const clean = runCases(copy);
  for (const line of clean.failed) {
    console.log(`${line} (without a mutation)`);
  }
  let caught = 0;
  for (const mutation of chosen) {
    const { word, by } = verdictOn(copy, { mutation, clean });
    caught += word === "caught" ? 1 : 0;
    console.log(`${word.padEnd(8)} ${mutation.rule.padEnd(5)} ${mutation.name}: ${by}`);
  }
  const rules = new Set(chosen.map(({ rule }) => rule)).size;
  const failures = clean.failed.length;
  console.log(JSON.stringify({ mutations: chosen.length, rules, caught, failures }));
  return clean.status === 0 && chosen.length > 0 && caught === chosen.length;
}

function verdictOn(
  copy: SourceCopy,
  { mutation, clean }: { mutation: Mutation; clean: Ran },
): Verdict {
  if (!copy.mutate(mutation)) {
    return { word: "BROKEN", by: "its text does not stand in its file exactly once" };
  }
  const { status, failed, problem } = runCases(copy, mutation.rule);
  copy.restore();
  const known = new Set(clean.failed.map(titleOf));
  const told = failed.find((line) => !known.has(titleOf(line)));
  if (told !== undefined) {
    return { word: "caught", by: told.slice("FAILED ".length, 160) };
  }
  // A program that breaks before it has run a case has caught nothing.
  return status === 0 || failed.length > 0
    ? { word: "SURVIVED", by: "no case tells" }
    : { word: "BROKEN", by: problem };
}

type Ran = {
  readonly status: number | null;
  readonly failed: readonly string[];
  readonly problem: string;
};

function runCases({ folder }: SourceCopy, rule?: string): Ran {
  const args = ["scripts/conformance.ts", ...(rule === undefined ? [] : ["--rule", rule])];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--conditions=source", "--import", "tsx", ...args],
    { cwd: folder, encoding: "utf8", timeout: LIMIT_MS },
  );
  const failed = stdout.split("\n").filter((line) => line.startsWith("FAILED "));
  return { status, failed, problem: stderr.trim().split("\n").at(-1) ?? "" };
}

/** Rules and name of a case, without what went wrong. */
function titleOf(line: string): string {
  return line.split(": ")[0] ?? line;
}
