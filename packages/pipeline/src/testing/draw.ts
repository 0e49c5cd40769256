/** Draws from 0 to 1; the same seed draws the same. */
export type Draw = () => number;

/** Makes draws from a seed (Mulberry32). */
export function drawFrom(seed: number): Draw {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A whole number below the bound. */
export function below(draw: Draw, bound: number): number {
  return Math.floor(draw() * bound);
}

/** One of them. */
export function oneOf<T>(draw: Draw, choices: readonly [T, ...T[]]): T {
  return choices[below(draw, choices.length)] ?? choices[0];
}
