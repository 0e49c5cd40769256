import {
  type ContainerPart,
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
  renderContainer,
  type RenderedContainer,
  renderStep,
  type RunState,
  type SecretValues,
  type StepError,
  stepError,
} from "@orchestrator/pipeline";
import type { Json } from "@orchestrator/template";

import { FileDeniedError, fileGlobals } from "./file-globals.ts";
import type { WorkspaceRoots } from "./workspaces.ts";

/** What to render: a step, a part of a container, or the run's outputs. */
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
  | { readonly kind: "container"; readonly instance: I; readonly part: ContainerPart }
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
  | { readonly kind: "container"; readonly container: RenderedContainer }
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
    read: ({ sha256 }) => stored.get(sha256) ?? null,
    call: fileGlobals(roots),
    cpuMs: () => performance.now() - startedMs,
    ...(secrets === undefined ? {} : { secrets }),
    ...(limits === undefined ? {} : { limits }),
  };
  try {
    return rendered(context, target);
  } catch (error) {
    if (!(error instanceof FileDeniedError)) {
      throw error;
    }
    return denied(target, error);
  }
}

function rendered(context: RenderContext, target: RenderTarget): RenderedJob {
  switch (target.kind) {
    case "step":
      return { kind: "step", step: renderStep(context, target.instance, target) };
    case "container":
      return {
        kind: "container",
        container: renderContainer(context, target.instance, target.part),
      };
    case "outputs": {
      const { unanswered } = target;
      return { kind: "outputs", outputs: renderOutputs({ ...context, unanswered }) };
    }
  }
}

/** Makes the job's fold: a step reads few others. */
export function foldFor(state: RunState, reads: readonly Instance[]): Uint8Array {
  return encodeSnapshot(state, { only: new Set(reads) });
}

/** Names a target, for another thread. */
export function portable(target: RenderTarget): PortableTarget {
  return target.kind === "outputs" ? target : { ...target, instance: idOf(target.instance) };
}

/** Renders what a job asks for, with the plan that it names. */
export function renderJob(job: RenderJob, plan: LoadedPlan): RenderedJob {
  const state = decodeSnapshot(plan, job.fold);
  const { target } = job;
  const here =
    target.kind === "outputs" ? target : { ...target, instance: locate(state, target.instance) };
  return renderTarget(state, here, job);
}

function denied(target: RenderTarget, { message }: FileDeniedError): RenderedJob {
  const error = stepError("PATH_DENIED", message);
  const failed = { kind: "failed", error } as const;
  switch (target.kind) {
    case "step":
      return { kind: "step", step: failed };
    case "container":
      return { kind: "container", container: failedPart(target.part, failed) };
    case "outputs":
      return {
        kind: "outputs",
        outputs: { outputs: {}, error: stepError("OUTPUT_FAILED", message) },
      };
  }
}

function failedPart(
  { kind }: ContainerPart,
  failed: { readonly kind: "failed"; readonly error: StepError },
): RenderedContainer {
  switch (kind) {
    case "start":
      return { kind, start: failed };
    case "verdict":
      return { kind, verdict: failed };
    case "end":
      return { kind, end: failed };
  }
}
