/** What the database's clock showed when it was last asked, carried on by this process's monotonic clock (I7). */
export class DatabaseClock {
  readonly #monotonicMs: () => number;
  #offsetMs = 0;
  #latestMs = 0;

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  /** Take note of the database's time, as the middle of asking and being answered. */
  observe(databaseUs: number, { askedMs }: { askedMs: number }): void {
    const middleMs = (askedMs + this.#monotonicMs()) / 2;
    this.#offsetMs = databaseUs / 1000 - middleMs;
  }

  /** The database's time in milliseconds since 1970, as far as known; it never goes back. */
  nowMs(): number {
    this.#latestMs = Math.max(this.#latestMs, this.#monotonicMs() + this.#offsetMs);
    return this.#latestMs;
  }
}
