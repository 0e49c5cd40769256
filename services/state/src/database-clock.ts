/** What the database's clock showed when it was last asked, carried on by this process's monotonic clock (I7). */
export class DatabaseClock {
  readonly #monotonicMs: () => number;
  #offsetMs: number;
  #latestMs = 0;

  /** Until the database was asked, this machine's clock stands for its. */
  constructor(monotonicMs: () => number, { assumedMs }: { assumedMs: number }) {
    this.#monotonicMs = monotonicMs;
    this.#offsetMs = assumedMs - monotonicMs();
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
