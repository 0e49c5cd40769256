import type { Where } from "../desugar/context.ts";

/** Where an edge comes from (L44). */
export type Origin = "declared" | "template" | "output" | "control_flow" | "routing";

/** Why one step waits for another. */
export type Edge = { readonly origin: Origin; readonly where: Where };

/** For each step, by index, the steps that it waits for. */
export type Edges = readonly Map<number, Edge>[];

/** No step waits for any. */
export function noEdges(steps: number): Edges {
  return Array.from({ length: steps }, () => new Map());
}

/** Let a step wait for another; the first reason is kept. */
export function addEdge(
  edges: Edges,
  to: number,
  { from, ...edge }: Edge & { from: number },
): void {
  const waits = edges[to];
  if (waits !== undefined && from !== to && !waits.has(from)) {
    waits.set(from, edge);
  }
}
