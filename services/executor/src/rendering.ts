import {
  type Instance,
  needsOfContainer,
  outputsOf,
  programOf,
  readBy,
  type RunState,
  type StepError,
} from "@orchestrator/pipeline";
import type { Json } from "@orchestrator/template";

import type { HeavyWork } from "./heavy-work.ts";
import {
  foldFor,
  portable,
  type RenderedJob,
  type RenderTarget,
  renderTarget,
  type Reading,
} from "./render-job.ts";
import type { FetchedSecrets, RunSecrets } from "./run-secrets.ts";
import { readsStored, type StoredResults } from "./stored-results.ts";
import type { WorkspaceRoots } from "./workspaces.ts";

/** What rendering takes from the run. */
export type RenderingDeps = {
  readonly heavyWork: HeavyWork;
  readonly results: StoredResults;
  readonly secrets: Pick<RunSecrets, "fetch">;
  readonly runId: string;
  readonly nowMs: () => number;
  /** Opens the workspace for templates that look at files. */
  readonly openRoots: (signal: AbortSignal) => Promise<WorkspaceRoots>;
};

/** What is rendered within this is rendered here; more goes to a thread, from the start: rendering changes nothing. */
const LIGHT = { operations: 20_000, cpuMs: 5 };

/** Renders here what is light, and answers at once; undefined when it is not, or needs something fetched first. */
export function renderLight(
  state: RunState,
  target: RenderTarget,
  { runId, nowMs }: RenderingDeps,
): RenderedJob | undefined {
  const { impure, reads } = needsOf(state, target);
  if (impure || readsStored(reads) || readsSecrets(target)) {
    return undefined;
  }
  const reading: Reading = {
    stored: NOTHING,
    runId,
    nowMs: nowMs(),
    roots: undefined,
    limits: LIGHT,
  };
  const rendered = renderTarget(state, target, reading);
  return isOverLimit(rendered) ? undefined : rendered;
}

/** Renders what is not light: with what it reads fetched, the workspace open, and in a thread where that is worth it. */
export async function renderHeavy(
  state: RunState,
  { target, deps }: { target: RenderTarget; deps: RenderingDeps },
  signal: AbortSignal,
): Promise<RenderedJob> {
  const fetched = target.kind === "step" ? await fetchedFor(target, { deps, signal }) : undefined;
  if (fetched?.kind === "failed") {
    return { kind: "step", step: fetched };
  }
  const { impure, reads } = needsOf(state, target);
  const stored = await deps.results.reader(reads, signal);
  const roots = impure ? await deps.openRoots(signal) : undefined;
  const reading = {
    stored,
    runId: deps.runId,
    nowMs: deps.nowMs(),
    roots,
    ...(fetched === undefined ? {} : { secrets: fetched.values }),
  };
  if (stored.size === 0) {
    const rendered = renderTarget(state, target, { ...reading, limits: LIGHT });
    if (!isOverLimit(rendered)) {
      return rendered;
    }
  }
  const { plan } = state.loaded;
  // What is recorded of the one that renders is read too: the values of its AUTO tags.
  const read = target.kind === "outputs" ? reads : [...reads, target.instance];
  const fold = foldFor(state, read);
  return deps.heavyWork.render({ plan, fold, target: portable(target), ...reading }, signal);
}

function readsSecrets(target: RenderTarget): boolean {
  const step = target.kind === "step" ? target.instance.place.step : undefined;
  return step?.kind === "task" && step.reads !== undefined;
}

/** L163: fetched at the attempt, each time that it is rendered. */
async function fetchedFor(
  { instance }: Extract<RenderTarget, { readonly kind: "step" }>,
  { deps, signal }: { readonly deps: RenderingDeps; readonly signal: AbortSignal },
): Promise<FetchedSecrets | undefined> {
  const { step } = instance.place;
  return step.kind !== "task" || step.reads === undefined
    ? undefined
    : deps.secrets.fetch(step, signal);
}

const NOTHING: ReadonlyMap<string, Json> = new Map();

function needsOf(
  state: RunState,
  target: RenderTarget,
): { readonly impure: boolean; readonly reads: readonly Instance[] } {
  if (target.kind === "step") {
    const { instance } = target;
    const { impure, reads } = programOf(state.loaded, instance.place);
    return { impure, reads: readBy(instance.frame, reads) };
  }
  if (target.kind === "container") {
    return needsOfContainer(state, target.instance, target.part);
  }
  const programs = outputsOf(state.loaded);
  return {
    impure: programs.some(({ impure }) => impure),
    reads: readBy(state.root, new Set(programs.flatMap(({ reads }) => reads))),
  };
}

/** Failures that more room could undo. */
const PERHAPS_OVER_LIMIT = new Set(["TEMPLATE_LIMIT", "CONDITION_ERROR", "OUTPUT_FAILED"]);

function isOverLimit(rendered: RenderedJob): boolean {
  const error = errorIn(rendered);
  return error !== undefined && PERHAPS_OVER_LIMIT.has(error.code);
}

function errorIn(rendered: RenderedJob): StepError | undefined {
  switch (rendered.kind) {
    case "step":
      return failureOf(rendered.step);
    case "outputs":
      return rendered.outputs.error;
    case "container": {
      const { container } = rendered;
      switch (container.kind) {
        case "start":
          return failureOf(container.start);
        case "verdict":
          return failureOf(container.verdict);
        case "end":
          return failureOf(container.end);
      }
    }
  }
}

function failureOf(
  outcome: { readonly kind: string } & { readonly error?: StepError },
): StepError | undefined {
  return outcome.error;
}
