import type { LoopStep } from "../plan.ts";
import {
  type FieldProgram,
  loadCondition,
  loadField,
  type Needs,
  noNeeds,
} from "./field-program.ts";
import type { LoadedPlan, LoadedStep } from "./loaded-plan.ts";
import { stepsRead } from "./steps-read.ts";

type ConditionProgram = FieldProgram & { readonly kind: "condition" };

/** What a container evaluates, parsed. */
export type ContainerProgram = {
  /** When it starts, seen from where it stands. */
  readonly start: Reading & {
    readonly condition: ConditionProgram | undefined;
    readonly source: FieldProgram | undefined;
    readonly maxIterations: FieldProgram | undefined;
    readonly maxParallel: FieldProgram | undefined;
    readonly minSuccessRate: FieldProgram | undefined;
  };
  /** For each iteration, seen from within. */
  readonly verdict: Reading & {
    readonly filter: ConditionProgram | undefined;
    readonly while: ConditionProgram | undefined;
    readonly until: ConditionProgram | undefined;
  };
  /** When it has succeeded, seen from where it stands. */
  readonly end: Reading & {
    readonly location: FieldProgram | undefined;
    readonly artifacts: readonly { readonly glob: FieldProgram; readonly optional: boolean }[];
  };
};

/** What evaluating takes. */
export type Reading = {
  /** Steps whose results it may read. */
  readonly reads: readonly LoadedStep[];
  /** Evaluating it again could give something else (I8). */
  readonly impure: boolean;
};

/** Parses what a container evaluates. */
export function loadContainer(place: LoadedStep, loaded: LoadedPlan): ContainerProgram {
  const { step } = place;
  const loop = step.kind === "loop" ? step : undefined;
  return {
    start: loadStart(place, { loop, loaded }),
    verdict: loadVerdict(place, { loop, loaded }),
    end: loadEnd(place, loaded),
  };
}

type Options = { readonly loop: LoopStep | undefined; readonly loaded: LoadedPlan };

function loadStart(
  { step, block }: LoadedStep,
  { loop, loaded }: Options,
): ContainerProgram["start"] {
  const needs = noNeeds();
  const options = { names: loaded.names, needs };
  const parallel = loop?.maxParallel;
  const field = (written: LoopStep["source"] | undefined): FieldProgram | undefined =>
    written === null || written === undefined ? undefined : loadField(written, options);
  return {
    condition: conditionOf(step.condition, options),
    source: field(loop?.source),
    maxIterations:
      loop === undefined || loop.source !== null ? undefined : field(loop.maxIterations),
    maxParallel: parallel === "run" ? undefined : field(parallel),
    minSuccessRate: field(loop?.minSuccessRate),
    ...readingOf(needs, { loaded, block }),
  };
}

function loadVerdict(place: LoadedStep, { loop, loaded }: Options): ContainerProgram["verdict"] {
  const needs = noNeeds();
  const options = { names: loaded.names, needs };
  return {
    filter: conditionOf(loop?.filter, options),
    while: conditionOf(loop?.while, options),
    until: conditionOf(loop?.until, options),
    ...readingOf(needs, { loaded, block: place.body ?? place.block }),
  };
}

function loadEnd({ step, block }: LoadedStep, loaded: LoadedPlan): ContainerProgram["end"] {
  const needs = noNeeds();
  const options = { names: loaded.names, needs };
  return {
    location: step.location === null ? undefined : loadField(step.location, options),
    artifacts: step.artifacts.map(({ glob, optional }) => ({
      glob: loadField(glob, options),
      optional,
    })),
    ...readingOf(needs, { loaded, block }),
  };
}

function conditionOf(
  written: LoopStep["while"] | undefined,
  options: { names: LoadedPlan["names"]; needs: Needs },
): ConditionProgram | undefined {
  return written === null || written === undefined ? undefined : loadCondition(written, options);
}

function readingOf(needs: Needs, seen: Parameters<typeof stepsRead>[1]): Reading {
  return { reads: stepsRead(needs, seen), impure: needs.impure };
}
