// Runs the test tiers one after the other and ends with one line of totals. Arguments name tiers; none means all.
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { openTestServers } from "./test-servers.ts";

type Tier = { readonly name: string; readonly args: () => readonly string[] };

const REPORTER = "--test-reporter=spec";
/** Unit files share one process, which is twenty times faster; every other file has one of its own. */
const TIERS: readonly Tier[] = [
  { name: "unit", args: () => [REPORTER, "scripts/test.ts", "packages", "services", "apps"] },
  { name: "conformance", args: () => [REPORTER, "scripts/test.ts", "test/conformance"] },
  { name: "integration", args: () => isolated(filesIn(["packages", "services", "apps"], "test")) },
  { name: "e2e", args: () => isolated(filesIn(["test/e2e", "test/processes"])) },
  { name: "interleaving", args: () => isolated(filesIn(["test/interleaving"])) },
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => TIERS.every((tier) => tier.name !== name));
if (unknown.length > 0) {
  throw new Error(
    `no tier ${unknown.join(", ")}; there are ${TIERS.map(({ name }) => name).join(", ")}`,
  );
}
const tiers = TIERS.filter(({ name }) => wanted.length === 0 || wanted.includes(name));

await using servers = await openTestServers({
  required: process.env["REQUIRE_SERVERS"] === "1",
  needed: tiers.some(({ name }) => name !== "unit" && name !== "conformance"),
});
let passed = 0;
let failed = 0;
for (const tier of tiers) {
  const startedAt = Date.now();
  const result = await runTier(tier);
  passed += result.passed;
  failed += result.failed;
  console.log(`tier ${tier.name}: ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

async function runTier(tier: Tier): Promise<{ passed: number; failed: number }> {
  const args = tier.args();
  if (args.length === 0) {
    return { passed: 0, failed: 0 };
  }
  const child = spawn(process.execPath, ["--conditions=source", ...loader(), ...args], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...servers.env },
  });
  const totals = { passed: 0, failed: 0 };
  for await (const line of createInterface({ input: child.stdout })) {
    console.log(line);
    totals.passed += countIn(line, "pass");
    totals.failed += countIn(line, "fail");
  }
  const code =
    child.exitCode ??
    (await new Promise<number>((done) => child.once("exit", (status) => done(status ?? 1))));
  return code !== 0 && totals.failed === 0 ? { ...totals, failed: 1 } : totals;
}

/** Node from 22.18 on strips types itself. */
function loader(): readonly string[] {
  return "typescript" in process.features && process.features.typescript !== false
    ? []
    : ["--import", "tsx"];
}

/** The runner's own totals: `ℹ pass 12`. */
function countIn(line: string, word: "pass" | "fail"): number {
  const match = new RegExp(`^(?:ℹ|#) ${word} (\\d+)$`).exec(line);
  return match === null ? 0 : Number(match[1]);
}

function isolated(files: readonly string[]): readonly string[] {
  return files.length === 0 ? [] : ["--test", REPORTER, "--test-concurrency=2", ...files];
}

/** Test files under the roots; with `folder`, only those directly under a folder of that name in each workspace. */
function filesIn(roots: readonly string[], folder?: string): string[] {
  const dirs =
    folder === undefined
      ? roots
      : roots.flatMap((root) =>
          readdirSync(root).map((workspace) => join(root, workspace, folder)),
        );
  return dirs.flatMap(testsUnder).toSorted();
}

function testsUnder(dir: string): string[] {
  try {
    return readdirSync(dir, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".test.ts"))
      .map((file) => join(dir, file));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      return [];
    }
    throw error;
  }
}
