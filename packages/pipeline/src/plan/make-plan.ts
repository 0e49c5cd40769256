import type { CheckedStep } from "../check/steps.ts";
import type { CoreDocument, CoreStep } from "../desugar/core.ts";
import type { Graph } from "../graph/graph.ts";
import {
  type Field,
  type InputDeclaration,
  type Plan,
  PLAN_VERSION,
  type PlanOutput,
  type PlanStep,
  type Route,
  type SectionName,
} from "../plan.ts";

/** Version of the language that this compiler reads (L19). */
export const LANGUAGE = "1";

/** What a plan is put together from. */
export type PlanParts = {
  readonly document: CoreDocument;
  readonly documentHash: string;
  readonly inputs: readonly InputDeclaration[];
  readonly sections: Readonly<Partial<Record<SectionName, Field>>>;
  readonly steps: readonly CheckedStep[];
  readonly outputs: readonly PlanOutput[];
  readonly graph: Graph;
  /** Steps whose rendered parameters something reads. */
  readonly parametersRead: ReadonlySet<string>;
  /** By step: what an executor must offer. */
  readonly requires: readonly string[];
};

/** Put a plan together from parts without error. */
export function makePlan(parts: PlanParts): Plan {
  const { document, documentHash, inputs, sections, outputs, requires } = parts;
  const { settings, facts } = document;
  return {
    planVersion: PLAN_VERSION,
    language: LANGUAGE,
    documentHash,
    pipeline: facts,
    inputs,
    strictInputs: settings.strictInputs,
    sections,
    steps: stepsOf(parts),
    outputs,
    levels: levelsOf(parts),
    maxParallel: settings.maxParallel,
    ...(settings.timeoutMs === undefined ? {} : { timeoutMs: settings.timeoutMs }),
    priority: settings.priority,
    labels: settings.labels,
    requires,
    ...(settings.budget === undefined ? {} : { budget: settings.budget }),
    ...(hidesAny(parts) ? { hides: true } : {}),
    ...(settings.secrets.length === 0 ? {} : { secrets: settings.secrets }),
  };
}

function hidesAny({ inputs, steps, outputs }: PlanParts): boolean {
  return (
    steps.some(({ isSensitive }) => isSensitive) ||
    inputs.some(({ sensitive }) => sensitive === true) ||
    outputs.some(({ sensitive }) => sensitive === true)
  );
}

function stepsOf(parts: PlanParts): readonly PlanStep[] {
  const { steps, graph } = parts;
  const ids = steps.map(({ core }) => core.id);
  const elseSteps = new Map<number, string[]>();
  for (const [member, owner] of graph.elseOwners) {
    elseSteps.set(owner, [...(elseSteps.get(owner) ?? []), ids[member] ?? ""]);
  }
  const maker: Maker = { ...parts, ids, routes: routesOf(graph, ids), elseSteps };
  return blockOf(
    maker,
    steps.filter(({ core }) => core.container === null),
  );
}

type Maker = PlanParts & {
  readonly ids: readonly string[];
  readonly routes: ReadonlyMap<number, readonly Route[]>;
  readonly elseSteps: ReadonlyMap<number, readonly string[]>;
};

function blockOf(maker: Maker, block: readonly CheckedStep[]): readonly PlanStep[] {
  const { ids, graph, routes, elseSteps, parametersRead } = maker;
  const idsOf = (ordinals: Iterable<number>): string[] =>
    [...ordinals].map((ordinal) => ids[ordinal] ?? "");
  return block.flatMap(({ core, complete }): PlanStep[] => {
    if (complete === undefined) {
      return [];
    }
    const waits = [...(graph.edges[core.ordinal] ?? [])];
    const shown = waits.filter(([, { origin }]) => origin !== "routing");
    const owner = graph.elseOwners.get(core.ordinal);
    const step = complete({
      waitsFor: idsOf(waits.map(([from]) => from)),
      dependencies: idsOf(shown.map(([from]) => from)),
      routes: routes.get(core.ordinal) ?? [],
      elseSteps: elseSteps.get(core.ordinal) ?? [],
      elseOf: owner === undefined ? null : (ids[owner] ?? null),
      keepsParameters: parametersRead.has(core.id),
      body: bodyOf(maker, core),
    });
    return [core.single && core.form !== null ? withLocation(maker, { core, step }) : step];
  });
}

function bodyOf(maker: Maker, { body }: CoreStep): readonly PlanStep[] {
  return blockOf(
    maker,
    body.flatMap(({ ordinal }) => maker.steps[ordinal] ?? []),
  );
}

/** The one place that a single-step loop writes to is the loop's, unless each iteration has its own (L33). */
function withLocation(
  { steps }: Maker,
  { core, step }: { core: CoreStep; step: PlanStep },
): PlanStep {
  const [inside] = core.body;
  const checked = inside === undefined ? undefined : steps[inside.ordinal];
  const only = step.kind === "loop" ? step.body[0] : undefined;
  if (step.kind !== "loop" || only === undefined || checked?.locatesIterations === true) {
    return step;
  }
  const { location, produces } = only;
  return { ...step, location, produces, body: [{ ...only, location: null }] };
}

function routesOf(
  { jumps, skips }: Graph,
  ids: readonly string[],
): ReadonlyMap<number, readonly Route[]> {
  const routes = new Map<number, Route[]>();
  jumps.forEach(({ source, target, when }, i) => {
    const skipped = (skips[i] ?? []).map((index) => ids[index] ?? "");
    const own = routes.get(source.ordinal) ?? [];
    own.push({ when, target: target.id, skips: skipped });
    routes.set(source.ordinal, own);
  });
  return routes;
}

/** Document order within a level (L49). */
function levelsOf({ steps, graph }: PlanParts): readonly (readonly string[])[] {
  const levels: string[][] = [];
  for (const { core } of steps) {
    if (core.container !== null) {
      continue;
    }
    const depth = graph.depths[core.ordinal] ?? 0;
    while (levels.length <= depth) {
      levels.push([]);
    }
    levels[depth]?.push(core.id);
  }
  return levels;
}
