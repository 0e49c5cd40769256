import {
  decodeSnapshot,
  encodeSnapshot,
  type JsonObject,
  type LoadedPlan,
  openRun,
  type Plan,
  recordOf,
  type RenderContext,
  type RenderedOutputs,
  type RenderedStep,
  renderOutputs,
  renderStep,
  type RunState,
  stepError,
} from "@orchestrator/pipeline";
import type { Json } from "@orchestrator/template";

import { FileDeniedError, fileGlobals } from "./file-globals.ts";
import type { WorkspaceRoots } from "./workspaces.ts";

/** What to render: a step, or the run's outputs. */
export type RenderTarget =
  | {
      readonly kind: "step";
      readonly index: number;
      /** The condition held before (L78). */
      readonly decided: boolean;
      /** Parameters as an earlier attempt got them. */
      readonly recorded: JsonObject | undefined;
    }
  | { readonly kind: "outputs" };

/** Rendering as a job for another thread: everything that it reads, as data. */
export type RenderJob = {
  readonly plan: Plan;
  /** The fold, with the records of those steps only that are read. */
  readonly fold: Uint8Array;
  readonly stored: ReadonlyMap<string, Json>;
  readonly runId: string;
  readonly nowMs: number;
  readonly roots: WorkspaceRoots | undefined;
  readonly target: RenderTarget;
};

/** What came of it. */
export type RenderedJob =
  | { readonly kind: "step"; readonly step: RenderedStep }
  | { readonly kind: "outputs"; readonly outputs: RenderedOutputs };

/** What rendering reads beside the fold. */
export type Reading = Pick<RenderJob, "stored" | "runId" | "nowMs" | "roots"> &
  Pick<RenderContext, "limits">;

/** Renders here. */
export function renderTarget(
  state: RunState,
  target: RenderTarget,
  { stored, runId, nowMs, roots, limits }: Reading,
): RenderedJob {
  const startedMs = performance.now();
  const context: RenderContext = {
    state,
    runId,
    nowMs,
    read: (sha256) => stored.get(sha256) ?? null,
    call: fileGlobals(roots),
    cpuMs: () => performance.now() - startedMs,
    ...(limits === undefined ? {} : { limits }),
  };
  try {
    return target.kind === "step"
      ? { kind: "step", step: renderStep(context, target.index, target) }
      : { kind: "outputs", outputs: renderOutputs(context) };
  } catch (error) {
    if (!(error instanceof FileDeniedError)) {
      throw error;
    }
    return denied(target, error);
  }
}

/** Makes the job's fold: a step reads few others. */
export function foldFor(state: RunState, steps: readonly number[]): Uint8Array {
  const kept = openRun(state.loaded).steps;
  for (const index of steps) {
    kept[index] = recordOf(state, index);
  }
  return encodeSnapshot({ ...state, steps: kept });
}

/** Renders what a job asks for, with the plan that it names. */
export function renderJob(job: RenderJob, plan: LoadedPlan): RenderedJob {
  return renderTarget(decodeSnapshot(plan, job.fold), job.target, job);
}

function denied(target: RenderTarget, { message }: FileDeniedError): RenderedJob {
  const error = stepError("PATH_DENIED", message);
  return target.kind === "step"
    ? { kind: "step", step: { kind: "failed", error } }
    : { kind: "outputs", outputs: { outputs: {}, error: stepError("OUTPUT_FAILED", message) } };
}
