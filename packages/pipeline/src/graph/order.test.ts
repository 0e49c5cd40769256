import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { ancestryOf } from "./ancestors.ts";
import { addEdge, type Edges, noEdges } from "./edges.ts";
import { cycleIn } from "./name-cycle.ts";
import { depthsOf, orderOf } from "./order.ts";

const where = { step: null, path: "", offset: 0 };

function edgesOf(steps: number, pairs: readonly (readonly [number, number])[]): Edges {
  const edges = noEdges(steps);
  for (const [from, to] of pairs) {
    addEdge(edges, to, { from, origin: "declared", where });
  }
  return edges;
}

function named(pairs: Readonly<Record<string, readonly string[]>>): Map<string, readonly string[]> {
  return new Map(Object.entries(pairs));
}

/** Pairs from a lower to a higher number, by a fixed sequence. */
function acyclicPairs(steps: number, seed: number): (readonly [number, number])[] {
  let state = seed;
  const next = (bound: number): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state % bound;
  };
  return Array.from({ length: steps * 2 }, () => {
    const a = next(steps);
    const b = next(steps);
    return [Math.min(a, b), Math.max(a, b)] as const;
  });
}

function isAncestor(edges: Edges, step: number, ancestor: number): boolean {
  return [...(edges[step]?.keys() ?? [])].some(
    (from) => from === ancestor || isAncestor(edges, from, ancestor),
  );
}

describe("orderOf", () => {
  it("puts every step after those that it waits for (L45)", () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const edges = edgesOf(40, acyclicPairs(40, seed));
      const order = orderOf(edges);
      assert.ok(order.kind === "ordered");
      const position = new Map(order.order.map((step, i) => [step, i]));
      edges.forEach((waits, step) => {
        for (const from of waits.keys()) {
          assert.ok((position.get(from) ?? 0) < (position.get(step) ?? 0), `seed ${seed}`);
        }
      });
    }
  });

  it("names each circle once, and only what is on it (L45)", () => {
    const pairs = [
      [0, 1],
      [1, 2],
      [2, 0],
      [2, 3],
      [4, 5],
      [5, 4],
      [6, 7],
    ] as const;
    const order = orderOf(edgesOf(8, pairs));
    assert.ok(order.kind === "circular");
    const circles = order.circles.map((circle) => circle.toSorted((a, b) => a - b));
    assert.deepEqual(circles, [
      [0, 1, 2],
      [4, 5],
    ]);
  });
});

describe("ancestryOf", () => {
  it("agrees with walking the edges (L85)", () => {
    for (let seed = 1; seed <= 5; seed += 1) {
      const edges = edgesOf(40, acyclicPairs(40, seed));
      const order = orderOf(edges);
      assert.ok(order.kind === "ordered");
      const ancestry = ancestryOf(edges, order.order);
      for (let step = 0; step < 40; step += 1) {
        for (let other = 0; other < 40; other += 1) {
          assert.equal(ancestry.has(step, other), isAncestor(edges, step, other));
        }
      }
    }
  });
});

describe("depthsOf", () => {
  it("is the longest path (L49)", () => {
    const edges = edgesOf(5, [
      [0, 1],
      [1, 2],
      [0, 2],
      [2, 4],
    ]);
    assert.deepEqual(depthsOf(edges, [0, 1, 3, 2, 4]), [0, 1, 2, 0, 3]);
  });
});

describe("cycleIn", () => {
  it("finds names in a circle, and nothing in a tree (L25, L30)", () => {
    assert.equal(cycleIn(named({ a: ["b", "c"], b: ["c"], c: ["unknown"] })), undefined);
    assert.deepEqual(cycleIn(named({ a: ["b"], b: ["c"], c: ["b"] })), ["b", "c"]);
    assert.deepEqual(cycleIn(named({ a: ["a"] })), ["a"]);
  });
});
