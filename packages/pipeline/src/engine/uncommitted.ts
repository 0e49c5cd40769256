import type { Instance } from "./frame.ts";

/** What waits for its commit: a settled instance, a container that has started, a verdict on an iteration. */
export type Uncommitted =
  | { readonly kind: "settled" | "opened"; readonly instance: Instance; readonly seq: number }
  | {
      readonly kind: "decided";
      readonly instance: Instance;
      readonly iteration: number;
      readonly seq: number;
    };

/** What may go on only after a commit (I4), in order. */
export class UncommittedQueue {
  #waiting: Uncommitted[] = [];
  #taken = 0;

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  push(one: Uncommitted): void {
    this.#waiting.push(one);
  }

  /** The next one that is committed now. */
  take(committedSeq: number): Uncommitted | undefined {
    const next = this.#waiting[this.#taken];
    if (next !== undefined && next.seq <= committedSeq) {
      this.#taken += 1;
      return next;
    }
    if (this.#taken === this.#waiting.length && this.#taken > 0) {
      this.#waiting = [];
      this.#taken = 0;
    }
    return undefined;
  }
}
