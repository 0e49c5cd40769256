import type { CheckedStep } from "../check/steps.ts";
import type { CoreDocument } from "../desugar/core.ts";
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

function stepsOf({ steps, graph, parametersRead }: PlanParts): readonly PlanStep[] {
  const ids = steps.map(({ core }) => core.id);
  const idsOf = (indexes: Iterable<number>): string[] =>
    [...indexes].map((index) => ids[index] ?? "");
  const routes = routesOf(graph, ids);
  const elseSteps = new Map<number, string[]>();
  for (const [member, owner] of graph.elseOwners) {
    elseSteps.set(owner, [...(elseSteps.get(owner) ?? []), ids[member] ?? ""]);
  }
  return steps.flatMap(({ core, complete }): PlanStep[] => {
    if (complete === undefined) {
      return [];
    }
    const waits = [...(graph.edges[core.index] ?? [])];
    const shown = waits.filter(([, { origin }]) => origin !== "routing");
    const owner = graph.elseOwners.get(core.index);
    return [
      complete({
        waitsFor: idsOf(waits.map(([from]) => from)),
        dependencies: idsOf(shown.map(([from]) => from)),
        routes: routes.get(core.index) ?? [],
        elseSteps: elseSteps.get(core.index) ?? [],
        elseOf: owner === undefined ? null : (ids[owner] ?? null),
        keepsParameters: parametersRead.has(core.id),
      }),
    ];
  });
}

function routesOf(
  { jumps, skips }: Graph,
  ids: readonly string[],
): ReadonlyMap<number, readonly Route[]> {
  const routes = new Map<number, Route[]>();
  jumps.forEach(({ source, target, when }, i) => {
    const skipped = (skips[i] ?? []).map((index) => ids[index] ?? "");
    const own = routes.get(source.index) ?? [];
    own.push({ when, target: target.id, skips: skipped });
    routes.set(source.index, own);
  });
  return routes;
}

/** Document order within a level (L49). */
function levelsOf({ steps, graph }: PlanParts): readonly (readonly string[])[] {
  const levels: string[][] = [];
  for (const { core } of steps) {
    const depth = graph.depths[core.index] ?? 0;
    while (levels.length <= depth) {
      levels.push([]);
    }
    levels[depth]?.push(core.id);
  }
  return levels;
}
