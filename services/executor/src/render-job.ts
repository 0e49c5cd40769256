import {
  decodeSnapshot,
  encodeSnapshot,
  idOf,
  type Instance,
  type JsonObject,
  type LoadedPlan,
  locate,
  type Plan,
  type RenderContext,
  type RenderedOutputs,
  type RenderedStep,
  renderOutputs,
  renderStep,
  type RunState,
  type SecretValues,
  stepError,
} from "@orchestrator/pipeline";
import type { Json } from "@orchestrator/template";

import { FileDeniedError, fileGlobals } from "./file-globals.ts";
import type { WorkspaceRoots } from "./workspaces.ts";

/** What to render: a step, or the run's outputs. */
export type RenderTarget = Target<Instance>;

/** The same as data: the instance by its id. */
export type PortableTarget = Target<string>;

type Target<I> =
  | {
      readonly kind: "step";
      readonly instance: I;
      /** The condition held before (L78). */
      readonly decided: boolean;
      /** Parameters as an earlier attempt got them. */
      readonly recorded: JsonObject | undefined;
    }
  | {
      readonly kind: "outputs";
      /** Why AUTO tags have no value, by field path. */
      readonly unanswered: Readonly<Record<string, string>>;
    };

/** Rendering as a job for another thread: everything that it reads, as data. */
export type RenderJob = {
  readonly plan: Plan;
  /** The fold, with the records of those steps only that are read. */
  readonly fold: Uint8Array;
  readonly stored: ReadonlyMap<string, Json>;
  readonly runId: string;
  readonly nowMs: number;
  readonly roots: WorkspaceRoots | undefined;
  /** What the step's parameters read of secrets (L163). */
  readonly secrets?: SecretValues;
  readonly target: PortableTarget;
};

/** What came of it. */
export type RenderedJob =
  | { readonly kind: "step"; readonly step: RenderedStep }
  | { readonly kind: "outputs"; readonly outputs: RenderedOutputs };

/** What rendering reads beside the fold. */
export type Reading = Pick<RenderJob, "stored" | "runId" | "nowMs" | "roots" | "secrets"> &
  Pick<RenderContext, "limits">;

/** Renders here. */
export function renderTarget(
  state: RunState,
  target: RenderTarget,
  { stored, runId, nowMs, roots, secrets, limits }: Reading,
): RenderedJob {
  const startedMs = performance.now();
  const context: RenderContext = {
    state,
    runId,
    nowMs,
    read: (sha256) => stored.get(sha256) ?? null,
    call: fileGlobals(roots),
    cpuMs: () => performance.now() - startedMs,
    ...(secrets === undefined ? {} : { secrets }),
    ...(limits === undefined ? {} : { limits }),
  };
  try {
    return target.kind === "step"
      ? { kind: "step", step: renderStep(context, target.instance, target) }
      : {
          kind: "outputs",
          outputs: renderOutputs({ ...context, unanswered: target.unanswered }),
        };
  } catch (error) {
    if (!(error instanceof FileDeniedError)) {
      throw error;
    }
    return denied(target, error);
  }
}

/** Makes the job's fold: a step reads few others. */
export function foldFor(state: RunState, reads: readonly Instance[]): Uint8Array {
  return encodeSnapshot(state, { only: new Set(reads) });
}

/** Names a target, for another thread. */
export function portable(target: RenderTarget): PortableTarget {
  return target.kind === "step" ? { ...target, instance: idOf(target.instance) } : target;
}

/** Renders what a job asks for, with the plan that it names. */
export function renderJob(job: RenderJob, plan: LoadedPlan): RenderedJob {
  const state = decodeSnapshot(plan, job.fold);
  const { target } = job;
  const here =
    target.kind === "step" ? { ...target, instance: locate(state, target.instance) } : target;
  return renderTarget(state, here, job);
}

function denied(target: RenderTarget, { message }: FileDeniedError): RenderedJob {
  const error = stepError("PATH_DENIED", message);
  return target.kind === "step"
    ? { kind: "step", step: { kind: "failed", error } }
    : { kind: "outputs", outputs: { outputs: {}, error: stepError("OUTPUT_FAILED", message) } };
}
