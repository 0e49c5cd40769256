import { stepError } from "../engine/step-error.ts";
import type { StepError } from "../events.ts";
import type { FailurePolicy, Plan, Route } from "../plan.ts";
import { below, type Draw, drawFrom, oneOf } from "./draw.ts";
import { ONE_ATTEMPT, testPlan, type TestStep } from "./test-plan.ts";

/** What a step of a random plan does, whenever and however often it is asked. */
export type Behaviour = {
  readonly conditionHolds: boolean;
  /** The failure of each attempt in turn; undefined for success. The last one goes for all further ones. */
  readonly attempts: readonly (StepError | undefined)[];
};

/** A plan with routes, else branches, policies and retries, and what its steps do, by id. */
export type RandomPlan = {
  readonly plan: Plan;
  readonly behaviours: ReadonlyMap<string, Behaviour>;
};

/** Makes a plan from a seed. `stops`: failures may end the run, so that what is reached depends on timing. */
export function randomPlan(seed: number, { stops }: { stops: boolean }): RandomPlan {
  const draw = drawFrom(seed);
  const size = 1 + below(draw, 12);
  const graph = randomGraph(draw, size);
  addRoutes(draw, graph);
  addElseBranches(draw, graph);
  const steps = graph.map((node): TestStep => ({
    id: idOf(node.index),
    dependencies: [...node.dependencies].map(idOf),
    waitsFor: [...node.waits].map(idOf),
    condition: node.hasCondition ? { source: true, path: "condition", line: 1, column: 1 } : null,
    routes: node.routes,
    elseOf: node.elseOf === undefined ? null : idOf(node.elseOf),
    elseSteps: graph.filter(({ elseOf }) => elseOf === node.index).map(({ index }) => idOf(index)),
    onFailure: oneOf<FailurePolicy>(
      draw,
      stops ? ["fail", "continue", "skip"] : ["continue", "skip"],
    ),
    attempts: {
      ...ONE_ATTEMPT,
      max: 1 + below(draw, 3),
      backoff: "constant",
      initialMs: oneOf(draw, [0, 10, 8_000]),
    },
    priority: below(draw, 3),
    repeatable: draw() < 0.6,
    announces: draw() < 0.4,
  }));
  const behaviours = new Map(
    graph.map(({ index, hasCondition }) => [idOf(index), behaviour(draw, { hasCondition })]),
  );
  return { plan: testPlan({ steps, maxParallel: 1 + below(draw, 4) }), behaviours };
}

type Node = {
  readonly index: number;
  readonly dependencies: Set<number>;
  readonly waits: Set<number>;
  readonly routes: Route[];
  readonly hasCondition: boolean;
  elseOf: number | undefined;
};

/** Every step depends on some of those above it. */
function randomGraph(draw: Draw, size: number): Node[] {
  return Array.from({ length: size }, (_, index) => {
    const dependencies = new Set(
      Array.from({ length: index }, (_, at) => at).filter(() => draw() < 0.25),
    );
    return {
      index,
      dependencies,
      waits: new Set(dependencies),
      routes: [],
      hasCondition: draw() < 0.4,
      elseOf: undefined,
    };
  });
}

/** Routes to later steps, with the skips and the waiting that L85 and L86 ask for. */
function addRoutes(draw: Draw, graph: Node[]): void {
  for (const from of graph) {
    const whens: Route["when"][] = ["success", "failure", "otherwise"];
    for (const when of from.hasCondition ? [...whens, "condition_false" as const] : whens) {
      const to = graph[from.index + 1 + below(draw, graph.length)];
      if (to === undefined || draw() < 0.8) {
        continue;
      }
      const above = ancestorsOf(graph, from);
      const beforeTarget = ancestorsOf(graph, to);
      const skipped = graph
        .slice(from.index + 1, to.index)
        .filter(
          (between) =>
            !above.has(between.index) &&
            (!beforeTarget.has(between.index) || ancestorsOf(graph, between).has(from.index)),
        );
      from.routes.push({
        when,
        target: idOf(to.index),
        skips: skipped.map(({ index }) => idOf(index)),
      });
      for (const waiter of [...skipped, to]) {
        waiter.waits.add(from.index);
      }
    }
  }
}

/** Steps that run only after the condition of one above them proved false; its dependents wait for them (L42). */
function addElseBranches(draw: Draw, graph: Node[]): void {
  for (const node of graph) {
    const owner = graph[node.index - 1];
    if (owner?.hasCondition !== true || draw() < 0.6) {
      continue;
    }
    node.elseOf = owner.index;
    node.dependencies.add(owner.index);
    node.waits.add(owner.index);
    for (const later of graph.slice(node.index + 1)) {
      if (later.dependencies.has(owner.index)) {
        later.waits.add(node.index);
      }
    }
  }
}

function ancestorsOf(graph: readonly Node[], { dependencies }: Node): ReadonlySet<number> {
  const found = new Set<number>();
  const open = [...dependencies];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (!found.has(at)) {
      found.add(at);
      open.push(...(graph[at]?.dependencies ?? []));
    }
  }
  return found;
}

function behaviour(draw: Draw, { hasCondition }: { hasCondition: boolean }): Behaviour {
  const attempt = (): StepError | undefined =>
    oneOf(draw, [
      undefined,
      undefined,
      undefined,
      stepError("TOOL_ERROR", "reported"),
      stepError("TIMEOUT", "raised", { timedOut: true }),
      stepError("CONDITION_ERROR", "never retried"),
    ]);
  return {
    conditionHolds: !hasCondition || draw() < 0.6,
    attempts: [attempt(), attempt(), attempt()],
  };
}

function idOf(index: number): string {
  return `s${index}`;
}
