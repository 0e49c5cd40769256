import {
  type Artifact,
  type AttemptResult,
  type JsonObject,
  LIMITS,
  type ModelUsage,
  type PlanStep,
  type ReadyStep,
  type RunEvent,
  schemaProblem,
  shownParameters,
  type StepError,
  stepError,
  type TaskStep,
  waitKindOf,
  type WaitRecord,
} from "@orchestrator/pipeline";
import type { Json } from "@orchestrator/template";
import { runTool, type ToolContext, type ToolOutcome, type Workspace } from "@orchestrator/tools";

import { askModel } from "./ask-model.ts";
import { AttemptContext, PlainContext } from "./attempt-context.ts";
import type { Attempt } from "./attempt.ts";
import { endWait } from "./end-wait.ts";
import type { HeavyWork } from "./heavy-work.ts";
import { isLargerThan } from "./json-size.ts";
import { withMissingOutputs } from "./missing-outputs.ts";
import type { Models } from "./models.ts";
import type { Spending } from "./spending.ts";
import { keepFiles } from "./step-files.ts";
import type { RunWorkspace } from "./workspaces.ts";

/** What an attempt came to. */
export type Performed =
  | { readonly kind: "succeeded"; readonly given: AttemptResult }
  | { readonly kind: "failed"; readonly error: StepError; readonly given: AttemptResult };

/** What attempts of one run use. */
export type PerformDeps = {
  readonly runId: string;
  readonly namespace: string;
  readonly models: Models;
  readonly spending: Spending;
  readonly heavyWork: HeavyWork;
  readonly hostProcesses: boolean;
  /** Nobody is there to be asked (L152). */
  readonly unattended: boolean;
  readonly nowMs: () => number;
  readonly openWorkspace: (signal: AbortSignal) => Promise<RunWorkspace>;
};

/** One attempt with all that is known of it. */
export type Job = {
  /** Of the instance. */
  readonly id: string;
  readonly step: TaskStep;
  readonly ready: ReadyStep;
  readonly attempt: Attempt;
  /** W3C trace context for what it calls. */
  readonly traceparent: string;
  /** Whether a failure settles the step: only then are files kept that it left. */
  readonly isFinal: (error: StepError) => boolean;
  /** What was recorded of its model calls before. */
  readonly used: ModelUsage | undefined;
  /** Values of its AUTO tags that are recorded, by field path (L130). */
  readonly autos: JsonObject;
  /** What it waits for, or has waited for (§13). */
  readonly wait: WaitRecord | undefined;
  /** Records something of the attempt under way; resolves when it is committed. */
  readonly record: (event: AttemptNote) => Promise<void>;
};

/** What is recorded within an attempt. */
export type AttemptNote = Extract<RunEvent, { readonly kind: "auto_resolved" | "tool_called" }>;

/** Makes an attempt: runs the tool or asks the model, keeps files, and checks what came out (L33–L36). */
export async function perform(job: Job, deps: PerformDeps): Promise<Performed> {
  return withMissingOutputs(job, await performed(job, deps));
}

async function performed(job: Job, deps: PerformDeps): Promise<Performed> {
  const { step } = job;
  if (step.nature === "model") {
    return performModel(job, deps);
  }
  if (waitKindOf(step) !== undefined) {
    return performWait(job, deps);
  }
  if (needsNoFiles(step, job.ready)) {
    const outcome = await runTool(
      callOf(job),
      new PlainContext(job, { deps, workspace: NO_FILES }),
    );
    return checked(job, fromOutcome(outcome));
  }
  const run = await deps.openWorkspace(job.attempt.signal);
  const context = new AttemptContext(job, { deps, workspace: run.workspace });
  if (step.nature === "program") {
    return runProgram(job, { deps, run, context });
  }
  const outcome = await runTool(callOf(job), context);
  return kept(job, { outcome, written: outcome.written, run, context });
}

/** L190: a program works in a directory of its own, and what changed is taken over when the step settles. */
async function runProgram(
  job: Job,
  { deps, run, context }: { deps: PerformDeps; run: RunWorkspace; context: ToolContext },
): Promise<Performed> {
  await using own = await run.openForPrograms(job.attempt.signal);
  const inside = new AttemptContext(job, { deps, workspace: own.workspace });
  const outcome = await runTool(callOf(job), inside);
  const settles = outcome.kind === "done" || job.isFinal(outcome.error);
  const written = settles ? await own.keep(job.attempt.signal) : [];
  return await kept(job, { outcome, written, run, context });
}

async function kept(
  job: Job,
  {
    outcome,
    written,
    run,
    context,
  }: {
    outcome: ToolOutcome;
    written: readonly string[];
    run: RunWorkspace;
    context: ToolContext;
  },
): Promise<Performed> {
  const performed = checked(job, fromOutcome(outcome));
  if (performed.kind === "failed") {
    const settles = written.length > 0 && job.isFinal(performed.error);
    const artifacts = settles ? await run.capture(written, job.attempt.signal) : [];
    return { ...performed, given: { ...performed.given, ...withArtifacts(artifacts) } };
  }
  const { id, step, ready } = job;
  const result = "result" in outcome ? (outcome.result ?? null) : null;
  const left = { id, step, ready, result, written };
  const files = await keepFiles(left, { context, workspace: run });
  if (files.kind === "failed") {
    return { kind: "failed", error: files.error, given: performed.given };
  }
  const { artifacts, location, warnings } = files;
  return {
    kind: "succeeded",
    given: {
      ...performed.given,
      ...withArtifacts(artifacts),
      ...(location === undefined ? {} : { location }),
      ...(warnings.length === 0 ? {} : { warnings }),
    },
  };
}

function withArtifacts(artifacts: readonly Artifact[]): {
  readonly artifacts?: readonly Artifact[];
} {
  return artifacts.length === 0 ? {} : { artifacts };
}

/** The result of a wait is kept like that of any step. */
async function performWait(job: Job, deps: PerformDeps): Promise<Performed> {
  const outcome = endWait(job, deps);
  if (job.ready.location === undefined && job.ready.artifacts.length === 0) {
    return checked(job, fromOutcome(outcome));
  }
  const run = await deps.openWorkspace(job.attempt.signal);
  const context = new AttemptContext(job, { deps, workspace: run.workspace });
  return kept(job, { outcome, written: [], run, context });
}

async function performModel(job: Job, deps: PerformDeps): Promise<Performed> {
  const { ready, attempt } = job;
  const said = await askModel(job, deps);
  const usage = said.usage === undefined ? {} : { usage: said.usage };
  const { written } = said;
  if (said.kind === "failed" && (written.length === 0 || !job.isFinal(said.error))) {
    return { kind: "failed", error: said.error, given: usage };
  }
  const isPlain = ready.location === undefined && ready.artifacts.length === 0;
  if (said.kind === "succeeded" && isPlain && written.length === 0) {
    const result = { inline: said.result };
    return checked(job, { kind: "succeeded", given: { result, ...usage } });
  }
  const run = await deps.openWorkspace(attempt.signal);
  const context = new AttemptContext(job, { deps, workspace: run.workspace });
  const outcome: ToolOutcome =
    said.kind === "failed"
      ? { kind: "failed", error: said.error, written }
      : { kind: "done", result: said.result, written };
  const performed = await kept(job, { outcome, written, run, context });
  return { ...performed, given: { ...performed.given, ...usage } };
}

function callOf({ step, ready }: Job) {
  return { tool: step.tool, operation: step.operation, parameters: ready.parameters };
}

function fromOutcome(outcome: ToolOutcome): Performed {
  const given = outcome.result === undefined ? {} : { result: { inline: outcome.result } };
  return outcome.kind === "done"
    ? { kind: "succeeded", given }
    : { kind: "failed", error: outcome.error, given };
}

/** Adds what the plan keeps, and holds R against its bounds (L34, L218). */
function checked({ step, ready }: Job, performed: Performed): Performed {
  const given: AttemptResult = step.keepsParameters
    ? { ...performed.given, parameters: shownParameters(step, ready.parameters) }
    : performed.given;
  if (performed.kind === "failed") {
    return { ...performed, given };
  }
  const { result } = given;
  const error =
    result !== undefined && "inline" in result ? resultProblem(step, result.inline) : undefined;
  if (error === undefined) {
    return { kind: "succeeded", given };
  }
  // A model was asked all the same (L143).
  const { usage } = given;
  return { kind: "failed", error, given: usage === undefined ? {} : { usage } };
}

/** What bounds of a step its result does not keep to (L34, L218). */
export function resultProblem(
  { outputSchema, sizeLimit }: PlanStep,
  result: Json,
): StepError | undefined {
  if (outputSchema !== null) {
    const problem = schemaProblem(outputSchema, result);
    if (problem !== undefined) {
      return stepError("OUTPUT_SCHEMA", `the result does not fit its schema: ${problem}`);
    }
  }
  const limit = Math.min(sizeLimit ?? Infinity, LIMITS.resultBytes);
  return isLargerThan(result, limit)
    ? stepError("RESULT_TOO_LARGE", `the result has more than ${limit} bytes`)
    : undefined;
}

/** Actions of plain values touch no file, so the run needs no directory for them. */
function needsNoFiles(step: TaskStep, ready: ReadyStep): boolean {
  return (
    step.tool === null &&
    step.nature === "deterministic" &&
    step.operation !== "process" &&
    ready.location === undefined &&
    ready.artifacts.length === 0
  );
}

const NO_FILES: Workspace = {
  root: "/",
  resolve: (path) =>
    Promise.resolve({ kind: "denied", message: `Path is outside the workspace: ${path}` }),
  isOpen: () => false,
  holdsClosed: () => true,
};
