import { LIMITS } from "../limits.ts";

/** Counts what waits for what while a graph is built: aliases and outputs make many links of a short document. */
export interface Links {
  /** Whether one more may be made. */
  take(): boolean;
  /** One more was wanted than there may be. */
  readonly exceeded: boolean;
}

/** Start counting. */
export function createLinks(): Links {
  let taken = 0;
  return {
    take() {
      taken += 1;
      return taken <= LIMITS.edges;
    },
    get exceeded() {
      return taken > LIMITS.edges;
    },
  };
}
