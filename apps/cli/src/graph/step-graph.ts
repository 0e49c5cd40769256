import type { Plan } from "@orchestrator/pipeline";

/** Steps and what leads from one to another, as `graph` draws them. */
export type StepGraph = {
  readonly name: string;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
};

export type GraphNode = {
  readonly id: string;
  /** What it calls. */
  readonly call: string;
  readonly conditional: boolean;
};

export type GraphEdge = {
  readonly from: string;
  readonly to: string;
  /** When a jump is taken; empty for a dependency. */
  readonly label: string;
};

const JUMPS = {
  condition_false: "condition false",
  success: "on success",
  failure: "on failure",
  otherwise: "goto",
} as const;

/** The graph of a plan: dependencies, and jumps with when they are taken. */
export function graphOf(plan: Plan): StepGraph {
  const dependencies = plan.steps.flatMap(({ id, dependencies: waits }) =>
    waits.map((from) => ({ from, to: id, label: "" })),
  );
  const jumps = plan.steps.flatMap(({ id, routes }) =>
    routes.map(({ when, target }) => ({ from: id, to: target, label: JUMPS[when] })),
  );
  return {
    name: plan.pipeline.name,
    nodes: plan.steps.map(({ id, tool, operation, condition }) => ({
      id,
      call: tool === null ? operation : `${tool} ${operation}`,
      conditional: condition !== null,
    })),
    edges: [...dependencies, ...jumps],
  };
}
