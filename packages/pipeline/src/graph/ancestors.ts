import type { Edges } from "./edges.ts";

/** Who is whose ancestor. */
export interface Ancestry {
  /** Whether `step` waits for `ancestor`, directly or through others. */
  has(step: number, ancestor: number): boolean;
}

const WORD_BITS = 32;

/** The ancestors of every step as bit sets: at 10,000 steps 12.5 MB, and one pass over the edges. */
export function ancestryOf(edges: Edges, order: readonly number[]): Ancestry {
  const words = Math.ceil(edges.length / WORD_BITS);
  const sets = new Uint32Array(words * edges.length);
  for (const step of order) {
    const own = step * words;
    for (const from of edges[step]?.keys() ?? []) {
      const other = from * words;
      for (let word = 0; word < words; word += 1) {
        sets[own + word] = (sets[own + word] ?? 0) | (sets[other + word] ?? 0);
      }
      const at = own + (from >>> 5);
      sets[at] = (sets[at] ?? 0) | (1 << (from & 31));
    }
  }
  return {
    has: (step, ancestor) =>
      ((sets[step * words + (ancestor >>> 5)] ?? 0) & (1 << (ancestor & 31))) !== 0,
  };
}
