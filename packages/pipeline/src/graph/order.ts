import type { Edges } from "./edges.ts";

/** Steps so that each comes after those that it waits for, or a circle among them. */
export type Order =
  | { readonly kind: "ordered"; readonly order: readonly number[] }
  | {
      readonly kind: "circular";
      /** One circle for each knot, each step waiting for the next one. */
      readonly circles: readonly (readonly number[])[];
    };

/** Put steps in an order in which they can be settled. */
export function orderOf(edges: Edges): Order {
  const waiting = edges.map(({ size }) => size);
  const dependents = dependentsOf(edges);
  const order = waiting.flatMap((count, step) => (count === 0 ? [step] : []));
  for (let next = 0; next < order.length; next += 1) {
    for (const dependent of dependents[order[next] ?? 0] ?? []) {
      const left = (waiting[dependent] ?? 0) - 1;
      waiting[dependent] = left;
      if (left === 0) {
        order.push(dependent);
      }
    }
  }
  return order.length === edges.length
    ? { kind: "ordered", order }
    : { kind: "circular", circles: circlesAmong(edges, waiting) };
}

/** For each step the steps that wait for it. */
export function dependentsOf(edges: Edges): readonly (readonly number[])[] {
  const dependents: number[][] = edges.map(() => []);
  edges.forEach((waits, step) => {
    for (const from of waits.keys()) {
      dependents[from]?.push(step);
    }
  });
  return dependents;
}

/** Walk along unsettled steps until one comes up again; each step is walked over once. */
function circlesAmong(edges: Edges, waiting: readonly number[]): readonly (readonly number[])[] {
  const circles: (readonly number[])[] = [];
  const seen = new Set<number>();
  waiting.forEach((count, start) => {
    const path: number[] = [];
    const position = new Map<number, number>();
    let step: number | undefined = count > 0 ? start : undefined;
    while (step !== undefined && !seen.has(step)) {
      seen.add(step);
      position.set(step, path.length);
      path.push(step);
      step = [...(edges[step]?.keys() ?? [])].find((from) => (waiting[from] ?? 0) > 0);
    }
    const closed = step === undefined ? undefined : position.get(step);
    if (closed !== undefined) {
      circles.push(path.slice(closed));
    }
  });
  return circles;
}

/** The longest path to each step, from 0 (L49). */
export function depthsOf(edges: Edges, order: readonly number[]): readonly number[] {
  const depths: number[] = edges.map(() => 0);
  for (const step of order) {
    let depth = 0;
    for (const from of edges[step]?.keys() ?? []) {
      depth = Math.max(depth, (depths[from] ?? 0) + 1);
    }
    depths[step] = depth;
  }
  return depths;
}
