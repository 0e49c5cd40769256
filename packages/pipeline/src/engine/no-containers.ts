import type { Containers } from "./containers.ts";

/** What a schedule needs of the containers under way. */
export type ContainerSet = Pick<
  Containers,
  | "isEmpty"
  | "isBusy"
  | "deadlineMs"
  | "run"
  | "ready"
  | "open"
  | "lives"
  | "drop"
  | "begin"
  | "restore"
  | "ended"
  | "decided"
  | "undecided"
  | "skipped"
  | "released"
  | "stirAll"
  | "isStopped"
  | "next"
>;

/** Those of a plan that has none: most plans, and nothing is made for them. */
export const NO_CONTAINERS: ContainerSet = {
  isEmpty: true,
  isBusy: false,
  deadlineMs: Infinity,
  run: () => undefined,
  ready: nothing,
  open: nothing,
  lives: nothing,
  drop: nothing,
  begin: nothing,
  restore: nothing,
  ended: nothing,
  decided: nothing,
  undecided: nothing,
  skipped: nothing,
  released: nothing,
  stirAll: nothing,
  isStopped: () => false,
  next: () => [],
};

function nothing(): void {
  // There is nothing to do it to.
}
