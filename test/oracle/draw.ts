import { below, drawFrom } from "@orchestrator/pipeline/testing";

/** Choices that a seed makes. */
export type Draw = {
  /** A whole number from 0 to this one. */
  upTo(most: number): number;
  /** One of them. */
  pick<T>(choices: readonly [T, ...T[]] | readonly T[]): T;
};

/** The choices of a seed. */
export function openDraw(seed: number): Draw {
  const draw = drawFrom(seed);
  return {
    upTo: (most) => below(draw, most + 1),
    pick(choices) {
      const chosen = choices[below(draw, choices.length)];
      if (chosen === undefined) {
        throw new Error("there is nothing to choose from");
      }
      return chosen;
    },
  };
}
