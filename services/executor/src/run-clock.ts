import type { Clock } from "./clock.ts";

/** The database's clock as a run knows it: what it said at the assignment, and the time that has passed since (I7). */
export class RunClock {
  readonly #clock: Clock;
  readonly #offsetMs: number;

  constructor(clock: Clock, { nowUs }: { nowUs: number }) {
    this.#clock = clock;
    this.#offsetMs = nowUs / 1000 - clock.monotonicMs();
  }

  /** Milliseconds since 1970. */
  nowMs(): number {
    return this.#offsetMs + this.#clock.monotonicMs();
  }

  /** How long ago a moment was, to the microsecond. */
  sinceMs(startedAtMs: number): number {
    return Math.max(0, Math.round((this.nowMs() - startedAtMs) * 1000) / 1000);
  }
}
