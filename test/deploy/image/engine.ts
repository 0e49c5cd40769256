import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

import type { Outcome, Plan } from "./engine/plan.ts";

const LIMIT_MS = 600_000;
const MAX_OUTPUT = 1 << 24;

/** Starts containers without an engine: namespaces, bind mounts and `chroot`. Wants root; leaves nothing behind. */
export async function runPlan(plan: Plan): Promise<Outcome> {
  const planFile = join(plan.scratch, "plan.json");
  const outcomeFile = join(plan.scratch, "outcome.json");
  writeFileSync(planFile, JSON.stringify(plan));
  const apart = ["--mount", "--pid", "--net", "--fork", "--kill-child", "--mount-proc"];
  const script = join(import.meta.dirname, "engine/main.ts");
  const node = [process.execPath, "--conditions=source", "--import", "tsx", script];
  const command = [...apart, ...node, planFile, outcomeFile];
  const limits = { timeout: LIMIT_MS, maxBuffer: MAX_OUTPUT };
  try {
    await promisify(execFile)("unshare", command, limits);
  } catch (error) {
    const said = error instanceof Error && "stderr" in error ? String(error.stderr) : "";
    throw new Error(`the containers did not do what they should:\n${said}`, { cause: error });
  }
  const outcome: Outcome = JSON.parse(readFileSync(outcomeFile, "utf8"));
  return outcome;
}
