// Takes the fences of the state service's statements out, one at a time, and asks of the interleaving suite that it fails each time.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";

import { startPrivatePostgres, testPostgresUrl } from "@orchestrator/postgres/testing";

import { IMPLIED, MUTANTS } from "../test/interleaving/mutants.ts";

type Run = {
  readonly name: string;
  readonly failed: boolean;
  /** The schedule that told the mutant from the product. */
  readonly killedBy: string | undefined;
  readonly totals: string;
  readonly seconds: number;
};

const SUITE = "test/interleaving/interleavings.test.ts";
const KILLED_BY = "killed by ";

const { values } = parseArgs({
  options: {
    /** Only mutants whose names begin like this. */
    only: { type: "string", default: "" },
    /** Also those that change nothing, which must live; README.md says why. */
    implied: { type: "boolean", default: false },
  },
});
const server = testPostgresUrl() === undefined ? await startPrivatePostgres() : undefined;
const env = { ...process.env, TEST_POSTGRES_URL: testPostgresUrl() ?? server?.url };
let problems = 0;
try {
  const clean = await runSuite();
  console.log(`${clean.failed ? "FAILED" : "passed"} without a mutant: ${clean.totals}`);
  if (clean.failed) problems += 1;
  for (const { name } of clean.failed ? [] : MUTANTS.filter(isWanted)) {
    report(await runSuite(name), { mustDie: true });
  }
  for (const { name } of values.implied && !clean.failed ? IMPLIED.filter(isWanted) : []) {
    report(await runSuite(name), { mustDie: false });
  }
  console.log(problems === 0 ? "no mutant survived" : `${problems} problems`);
} finally {
  await server?.[Symbol.asyncDispose]();
}
process.exitCode = problems > 0 ? 1 : 0;

function isWanted({ name }: { readonly name: string }): boolean {
  return name.startsWith(values.only);
}

function report(run: Run, { mustDie }: { mustDie: boolean }): void {
  // A suite that fails without saying which schedule told it has failed for another reason.
  const isKilled = run.failed && run.killedBy !== undefined;
  const isBroken = run.failed && run.killedBy === undefined;
  if (isBroken || isKilled !== mustDie) problems += 1;
  const word = isBroken ? "BROKEN" : isKilled ? "killed" : mustDie ? "SURVIVED" : "the same";
  const name = run.name.padEnd(34);
  const seconds = run.seconds.toFixed(1).padStart(6);
  console.log(`${word.padEnd(8)} ${name} ${seconds} s  ${run.killedBy ?? run.totals}`);
}

async function runSuite(name: string = ""): Promise<Run> {
  const startedAt = Date.now();
  const args = [...process.execArgv, "--test", "--test-reporter=spec", SUITE];
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...env, MUTANT: name },
  });
  const exited = new Promise<number>((resolve) => {
    child.once("exit", (code) => resolve(code ?? 1));
  });
  let killedBy: string | undefined;
  let totals = "";
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith(KILLED_BY)) killedBy ??= line.slice(KILLED_BY.length);
    if (/^\d+ schedules/.test(line)) totals = line;
  }
  const failed = (await exited) !== 0;
  return { name, failed, killedBy, totals, seconds: (Date.now() - startedAt) / 1000 };
}
