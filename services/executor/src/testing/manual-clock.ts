import type { CallOff, Clock } from "../clock.ts";

/** A clock that a test moves. */
export class ManualClock implements Clock {
  #nowMs = 0;
  readonly #timers = new Map<number, { readonly dueMs: number; readonly callback: () => void }>();
  #next = 1;

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, callback: () => void): CallOff {
    const id = this.#next++;
    this.#timers.set(id, { dueMs: this.#nowMs + delayMs, callback });
    return () => {
      this.#timers.delete(id);
    };
  }

  /** Moves on, and rings what is due on the way, in order. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      const due = [...this.#timers].filter(([, { dueMs }]) => dueMs <= untilMs);
      const [first] = due.toSorted(([a, one], [b, other]) => one.dueMs - other.dueMs || a - b);
      if (first === undefined) {
        break;
      }
      const [id, { dueMs, callback }] = first;
      this.#timers.delete(id);
      this.#nowMs = Math.max(this.#nowMs, dueMs);
      callback();
    }
    this.#nowMs = untilMs;
  }
}
