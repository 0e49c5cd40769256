import type { LoadedBlock } from "./loaded-plan.ts";

/** Counts what each step of a frame still waits for. */
export class Waits {
  readonly #block: LoadedBlock;
  readonly #left: number[];
  readonly #isOver: boolean[];
  /**
   * Where a failure may skip transitive dependents, a step that was skipped early holds its own dependents back until
   * all that it waited for is over: they might be skipped yet, and must not depend on who is faster (L47, L86).
   */
  readonly #holdsBack: boolean;

  constructor(block: LoadedBlock) {
    this.#block = block;
    this.#left = block.steps.map(({ waits }) => waits);
    this.#isOver = block.steps.map(() => false);
    this.#holdsBack = block.holdsBack;
  }

  /** True when the step waits for nothing any more. */
  isFree(index: number): boolean {
    return this.#left[index] === 0;
  }

  /** The step has settled, and that is committed; answers with the steps that wait for nothing any more. */
  over(index: number): readonly number[] {
    this.#isOver[index] = true;
    if (this.#holdsBack && !this.isFree(index)) {
      return [];
    }
    const free: number[] = [];
    const released = [index];
    for (let at = released.pop(); at !== undefined; at = released.pop()) {
      for (const waiter of this.#block.steps[at]?.releases ?? []) {
        const left = (this.#left[waiter] ?? 0) - 1;
        this.#left[waiter] = left;
        if (left > 0) {
          continue;
        }
        if (this.#isOver[waiter] !== true) {
          free.push(waiter);
        } else if (this.#holdsBack) {
          released.push(waiter);
        }
      }
    }
    return free;
  }
}
