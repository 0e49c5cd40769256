import type { GroupStep, LoopStep, Plan, PlanStep, Route } from "../plan.ts";
import { type ContainerProgram, loadContainer } from "./container-program.ts";
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

/** A list of steps with its graph: the plan's own, or the body of a container. */
export type LoadedBlock = {
  /** The container's place; undefined for the plan's own steps. */
  readonly owner: LoadedStep | undefined;
  readonly steps: readonly LoadedStep[];
  /** By id. */
  readonly indexes: ReadonlyMap<string, number>;
  /** Further names of its steps: those of loops (L116), and of what is in groups (L124). */
  readonly aliases: ReadonlyMap<string, number>;
  /** Steps that change `variables`, or hold one that does, in document order. */
  readonly setters: readonly number[];
  /** A failure in it may skip transitive dependents (L83). */
  readonly holdsBack: boolean;
  /** Steps in it and below. */
  readonly size: number;
};

/** A step's place in the graph of its block. */
export type LoadedStep = {
  readonly step: PlanStep;
  readonly block: LoadedBlock;
  readonly index: number;
  /** How many steps it waits for. */
  readonly waits: number;
  /** Steps that wait for this one. */
  readonly releases: readonly number[];
  /** Those of them for which it is a dependency, not only a route. */
  readonly dependents: readonly number[];
  readonly elseSteps: readonly number[];
  readonly routes: readonly LoadedRoute[];
  /** Place among ready steps: by priority, then document order (L48); so far apart that iterations fit between. */
  readonly rank: number;
  /** Of a container. */
  readonly body: LoadedBlock | undefined;
  program: StepProgram | undefined;
  container: ContainerProgram | undefined;
};

/** A route with its skips as indexes. */
export type LoadedRoute = {
  readonly when: Route["when"];
  readonly target: string;
  readonly skips: readonly number[];
};

/** Distance between the ranks of two steps. */
export const RANK_STEP = 65_536;

/** Makes a plan ready to run. */
export function openPlan(plan: Plan): LoadedPlan {
  const ranks = ranksOf(plan.steps);
  const root = loadBlock(plan.steps, { owner: undefined, ranks });
  return { plan, root, names: namesOf(plan), outputs: undefined };
}

/** The steps of a container; none of a task. */
export function bodyOf(step: PlanStep): readonly PlanStep[] {
  return step.kind === "task" ? [] : step.body;
}

type Surroundings = {
  readonly owner: LoadedStep | undefined;
  readonly ranks: ReadonlyMap<PlanStep, number>;
};

function loadBlock(planned: readonly PlanStep[], { owner, ranks }: Surroundings): LoadedBlock {
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
  const steps: LoadedStep[] = [];
  const block: LoadedBlock = {
    owner,
    steps,
    indexes,
    aliases: aliasesOf(planned),
    setters: planned.flatMap((step, index) => (setsVariables(step) ? [index] : [])),
    holdsBack: planned.some(({ onFailure }) => onFailure === "skip"),
    size: sizeOf(planned),
  };
  for (const [index, step] of planned.entries()) {
    const place: LoadedStep & { body: LoadedBlock | undefined } = {
      step,
      block,
      index,
      waits: step.waitsFor.length,
      releases: releases[index] ?? [],
      dependents: dependents[index] ?? [],
      elseSteps: step.elseSteps.map(at),
      routes: step.routes.map(({ when, target, skips }) => ({
        when,
        target,
        skips: skips.map(at),
      })),
      rank: ranks.get(step) ?? 0,
      body: undefined,
      program: undefined,
      container: undefined,
    };
    if (step.kind !== "task") {
      place.body = loadBlock(step.body, { owner: place, ranks });
    }
    steps.push(place);
  }
  return block;
}

/** What a step renders, parsed. */
export function programOf(loaded: LoadedPlan, place: LoadedStep): StepProgram {
  place.program ??= loadStep(place, loaded);
  return place.program;
}

/** What a container evaluates, parsed. */
export function containerOf(loaded: LoadedPlan, place: LoadedStep): ContainerProgram {
  place.container ??= loadContainer(place, loaded);
  return place.container;
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

function aliasesOf(planned: readonly PlanStep[]): ReadonlyMap<string, number> {
  const aliases = new Map<string, number>();
  for (const [index, step] of planned.entries()) {
    for (const name of namesOfStep(step)) {
      aliases.set(name, index);
    }
  }
  return aliases;
}

function namesOfStep(step: PlanStep): readonly string[] {
  switch (step.kind) {
    case "task":
      return [];
    case "loop":
      return step.loopName === null ? [] : [step.loopName];
    case "group":
      return step.body.flatMap((member) => [member.id, ...namesOfStep(member)]);
  }
}

function sizeOf(planned: readonly PlanStep[]): number {
  return planned.reduce((sum, step) => sum + 1 + sizeOf(bodyOf(step)), 0);
}

/** Over all blocks, so that one heap holds what is ready in any of them. */
function ranksOf(planned: readonly PlanStep[]): ReadonlyMap<PlanStep, number> {
  const all = inDocumentOrder(planned);
  const order = all.map((_, at) => at);
  const priority = (at: number): number => all[at]?.priority ?? 0;
  order.sort((a, b) => priority(b) - priority(a) || a - b);
  const ranks = new Map<PlanStep, number>();
  for (const [rank, at] of order.entries()) {
    const step = all[at];
    if (step !== undefined) {
      ranks.set(step, rank * RANK_STEP);
    }
  }
  return ranks;
}

function inDocumentOrder(planned: readonly PlanStep[]): readonly PlanStep[] {
  return planned.flatMap((step) => [step, ...inDocumentOrder(bodyOf(step))]);
}

/** `calculate` with the operation `update_variables` is a `set` too (L185); what it gives are variables then. */
function setsVariables(step: PlanStep): boolean {
  if (step.kind !== "task") {
    return containerSets(step);
  }
  const { tool, operation, parameters } = step;
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

function containerSets({ body }: LoopStep | GroupStep): boolean {
  return body.some(setsVariables);
}
