import type { Plan, PlanStep, Route } from "../plan.ts";
import { loadOutputs, type OutputProgram } from "./output-program.ts";
import { type Names, namesOf } from "./plan-names.ts";
import { loadStep, type StepProgram } from "./step-program.ts";

/** A plan made ready to run: its graph as indexes; its templates parsed when they are first needed, once. */
export type LoadedPlan = {
  readonly plan: Plan;
  /** The plan's own steps. */
  readonly root: LoadedBlock;
  /** Names that a template of the plan may use. */
  readonly names: Names;
  outputs: readonly OutputProgram[] | undefined;
};

/** A list of steps with its graph. */
export type LoadedBlock = {
  readonly steps: readonly LoadedStep[];
  /** By id. */
  readonly indexes: ReadonlyMap<string, number>;
  /** Steps that change `variables`, in document order. */
  readonly setters: readonly number[];
  /** A failure in it may skip transitive dependents (L83). */
  readonly holdsBack: boolean;
};

/** A step's place in the graph of its block. */
export type LoadedStep = {
  readonly step: PlanStep;
  readonly index: number;
  /** How many steps it waits for. */
  readonly waits: number;
  /** Steps that wait for this one. */
  readonly releases: readonly number[];
  /** Those of them for which it is a dependency, not only a route. */
  readonly dependents: readonly number[];
  readonly elseSteps: readonly number[];
  readonly routes: readonly LoadedRoute[];
  /** Place among ready steps: by priority, then document order (L48). */
  readonly rank: number;
  program: StepProgram | undefined;
};

/** A route with its skips as indexes. */
export type LoadedRoute = {
  readonly when: Route["when"];
  readonly target: string;
  readonly skips: readonly number[];
};

/** Makes a plan ready to run. */
export function openPlan(plan: Plan): LoadedPlan {
  return { plan, root: loadBlock(plan.steps), names: namesOf(plan), outputs: undefined };
}

function loadBlock(planned: readonly PlanStep[]): LoadedBlock {
  const indexes = new Map(planned.map(({ id }, index) => [id, index]));
  const releases = planned.map((): number[] => []);
  const dependents = planned.map((): number[] => []);
  const at = (id: string): number => indexOf(indexes, id);
  for (const [index, { waitsFor, dependencies }] of planned.entries()) {
    for (const id of waitsFor) {
      releases[at(id)]?.push(index);
    }
    for (const id of dependencies) {
      dependents[at(id)]?.push(index);
    }
  }
  const ranks = ranksOf(planned);
  const steps = planned.map((step, index) => ({
    step,
    index,
    waits: step.waitsFor.length,
    releases: releases[index] ?? [],
    dependents: dependents[index] ?? [],
    elseSteps: step.elseSteps.map(at),
    routes: step.routes.map(({ when, target, skips }) => ({ when, target, skips: skips.map(at) })),
    rank: ranks[index] ?? index,
    program: undefined,
  }));
  const setters = planned.flatMap((step, index) => (setsVariables(step) ? [index] : []));
  const holdsBack = planned.some(({ onFailure }) => onFailure === "skip");
  return { steps, indexes, setters, holdsBack };
}

/** What a step renders, parsed. */
export function programOf(loaded: LoadedPlan, place: LoadedStep): StepProgram {
  place.program ??= loadStep(place.step, loaded);
  return place.program;
}

/** What the outputs render, parsed. */
export function outputsOf(loaded: LoadedPlan): readonly OutputProgram[] {
  loaded.outputs ??= loadOutputs(loaded);
  return loaded.outputs;
}

function indexOf(indexes: ReadonlyMap<string, number>, id: string): number {
  const index = indexes.get(id);
  if (index === undefined) {
    throw new Error(`the plan has no step "${id}"`);
  }
  return index;
}

function ranksOf(steps: readonly PlanStep[]): readonly number[] {
  const order = steps.map((_, index) => index);
  const priority = (index: number): number => steps[index]?.priority ?? 0;
  order.sort((a, b) => priority(b) - priority(a) || a - b);
  const ranks: number[] = Array.from({ length: steps.length });
  for (const [rank, index] of order.entries()) {
    ranks[index] = rank;
  }
  return ranks;
}

/** `calculate` with the operation `update_variables` is a `set` too (L185); what it gives are variables then. */
function setsVariables({ tool, operation, parameters }: PlanStep): boolean {
  return (
    (tool === null && operation === "set") ||
    (tool === null &&
      operation === "calculate" &&
      parameters.some(
        ({ name, field }) =>
          name === "operation" && field.kind === "literal" && field.value === "update_variables",
      ))
  );
}
