import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { JsonObject, StepError } from "@orchestrator/pipeline";

import type { ToolContext, ToolOutcome } from "./tool.ts";
import { openWorkspace } from "./workspace/workspace.ts";

/** A workspace in a temporary directory of its own, with a document bundle beside it. */
export type ScratchWorkspace = AsyncDisposable & {
  readonly root: string;
  readonly bundle: string;
  /** A context whose files are the workspace; host processes are allowed. */
  readonly context: ToolContext;
};

/** Makes a workspace for a test, with a store in `.store` that is closed to tools. */
export async function openScratchWorkspace(): Promise<ScratchWorkspace> {
  const base = await mkdtemp(join(tmpdir(), "tools-"));
  const [root, bundle] = [join(base, "run"), join(base, "bundle")];
  await mkdir(join(root, ".store"), { recursive: true });
  await mkdir(bundle);
  const workspace = await openWorkspace({ root, bundle, deniedPaths: [join(root, ".store")] });
  let calls = 0;
  return {
    root,
    bundle,
    get context() {
      calls += 1;
      return {
        workspace,
        signal: new AbortController().signal,
        now: () => new Date(),
        progress: () => {},
        hostProcesses: true,
        resourceLimits: {},
        idempotencyKey: `${base}.${calls}`,
      };
    },
    [Symbol.asyncDispose]: () => rm(base, { recursive: true }),
  };
}

/** The result of a call that must have done what it was asked for; an object. */
export function resultOf(outcome: ToolOutcome): JsonObject {
  assert.ok(outcome.kind === "done", JSON.stringify(outcome));
  const { result } = outcome;
  assert.ok(typeof result === "object" && result !== null && !Array.isArray(result));
  return Object.fromEntries(Object.entries(result));
}

/** The error of a call that must have failed. */
export function errorOf(outcome: ToolOutcome): StepError {
  assert.ok(outcome.kind === "failed", JSON.stringify(outcome));
  return outcome.error;
}
