const DEFAULT_SIZE = 50;
const MAX_SIZE = 1_000;

/** The size of a page: 50 when nothing is asked for, and never more than 1000. */
export function pageSizeFrom(asked: number): number {
  return asked === 0 ? DEFAULT_SIZE : Math.min(asked, MAX_SIZE);
}
