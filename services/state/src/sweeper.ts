import type { DatabaseClock } from "./database-clock.ts";
import type { Look, Queue, SweepStore } from "./sweep.ts";

export type SweeperOptions = {
  readonly store: SweepStore;
  readonly clock: Pick<DatabaseClock, "observe">;
  readonly leaseMs: number;
  /** How often it looks when nothing asks for more. */
  readonly everyMs: number;
  /** Nobody else is on this store, so sessions of an earlier process are over. */
  readonly soleOwner: boolean;
  readonly monotonicMs: () => number;
  readonly observer: SweepObserver;
};

/** What the sweeper tells of its work. */
export interface SweepObserver {
  sessionDied(sessionId: number): void;
  tookOver(runs: { readonly ready: number; readonly quarantined: number }): void;
  queue(queue: Queue): void;
  leasesGranted(reason: string): void;
  /** Runs are ready and have no holder. */
  ready(): void;
  /** Runs may wait. */
  look(): void;
  /** One sweep went through: what else is to be done once a second? */
  swept(): Promise<void>;
  failed(cause: unknown): void;
}

/** A replica that could not look for so many sweeps, and at least so long, may judge nobody. */
const MISSED_SWEEPS = 3;
const MIN_GAP_MS = 3_000;
/** The database's clock may part from ours by this much between two looks. */
const MAX_CLOCK_STEP_MS = 1_000;
const MIN_WAIT_MS = 10;
const QUEUE_EVERY = 5;
const UPLOADS_EVERY = 3_600;

/**
 * Finds what nobody waits for: sessions whose lease is over, runs whose holder is dead, runs whose time has come.
 *
 * It asks once a second, and earlier only when a lease or a timer ends earlier. After a gap in its own looks, a change
 * of timeline or a step of the database's clock, every live session first gets a full lease (I7): nobody is declared
 * dead for what the database could not be told.
 */
export class Sweeper {
  readonly #options: SweeperOptions;
  #last: { readonly look: Look; readonly atMs: number } | undefined;
  #dueMs = 0;
  #wake: (() => void) | undefined;
  #count = 0;

  constructor(options: SweeperOptions) {
    this.#options = options;
  }

  /** Look again in so many milliseconds, unless it would anyway. */
  lookIn(ms: number): void {
    const dueMs = this.#options.monotonicMs() + ms + MIN_WAIT_MS;
    if (dueMs < this.#dueMs) {
      this.#dueMs = dueMs;
      this.#wake?.();
    }
  }

  async run(signal: AbortSignal): Promise<void> {
    const { monotonicMs, everyMs, observer, soleOwner, store } = this.#options;
    let fresh = soleOwner;
    while (!signal.aborted) {
      this.#dueMs = monotonicMs() + everyMs;
      try {
        if (fresh) await store.expireAll();
        fresh = false;
        await this.sweep();
      } catch (cause) {
        observer.failed(cause);
      }
      while (!signal.aborted && this.#dueMs > monotonicMs()) {
        await this.#sleep(this.#dueMs - monotonicMs(), signal);
      }
    }
  }

  /** One look, and what follows from it. */
  async sweep(): Promise<void> {
    const { store, clock, monotonicMs, observer } = this.#options;
    const askedMs = monotonicMs();
    const look = await store.look();
    clock.observe(look.nowUs, { askedMs });
    const gap = this.#gapBefore(look, askedMs);
    if (gap !== undefined) {
      await store.grantLeases(this.#options.leaseMs);
      observer.leasesGranted(gap);
    }
    // Not before: where the leases could not be granted, the gap is still there at the next look.
    this.#last = { look, atMs: askedMs };
    const died =
      gap === undefined && isPast(look.nextExpiryUs, look) && (await this.#bury(askedMs));
    if (died || look.deadSessions) await this.#takeOver();
    if (isPast(look.nextWakeUs, look)) await this.#wakeRuns();
    if (look.readyRuns) observer.look();
    if (gap === undefined) this.#lookAt(look.nextExpiryUs, look);
    this.#lookAt(look.nextWakeUs, look);
    await observer.swept();
    await this.#rarely();
  }

  /** Why nobody may be judged by this look, or undefined. */
  #gapBefore(look: Look, askedMs: number): string | undefined {
    if (this.#last === undefined) return this.#options.soleOwner ? undefined : "start";
    const elapsedMs = askedMs - this.#last.atMs;
    const gapMs = Math.max(MIN_GAP_MS, MISSED_SWEEPS * this.#options.everyMs);
    if (elapsedMs > gapMs) return "missed sweeps";
    if (look.timeline !== this.#last.look.timeline) return "timeline";
    const databaseMs = (look.nowUs - this.#last.look.nowUs) / 1000;
    return Math.abs(databaseMs - elapsedMs) > MAX_CLOCK_STEP_MS ? "clock step" : undefined;
  }

  async #bury(askedMs: number): Promise<boolean> {
    const { store, monotonicMs, leaseMs } = this.#options;
    let died = false;
    const expired = await store.expired();
    // A store that took so long to answer may have heard nobody meanwhile.
    if (monotonicMs() - askedMs > leaseMs / 2) return false;
    for (const sessionId of expired) {
      if (await store.declareDead(sessionId)) {
        died = true;
        this.#options.observer.sessionDied(sessionId);
      }
    }
    return died;
  }

  async #takeOver(): Promise<void> {
    const { store, observer } = this.#options;
    for (;;) {
      const taken = await store.takeOver();
      if (taken.ready + taken.quarantined === 0) break;
      observer.tookOver(taken);
      if (taken.ready > 0) observer.ready();
    }
    await store.settle();
  }

  async #wakeRuns(): Promise<void> {
    while ((await this.#options.store.wakeDue()) > 0) {
      this.#options.observer.ready();
    }
  }

  async #rarely(): Promise<void> {
    const { store, observer } = this.#options;
    if (this.#count % QUEUE_EVERY === 0) observer.queue(await store.queue());
    if (this.#count % UPLOADS_EVERY === 0) await store.dropAbandonedUploads();
    this.#count += 1;
  }

  #lookAt(atUs: number | undefined, { nowUs }: Look): void {
    if (atUs !== undefined) this.lookIn(Math.max(0, (atUs - nowUs) / 1000));
  }

  /** Waits for a time, or until something asks for less. */
  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(end, Math.max(ms, MIN_WAIT_MS));
      signal.addEventListener("abort", end, { once: true });
      this.#wake = end;
    });
  }
}

function isPast(atUs: number | undefined, { nowUs }: Look): boolean {
  return atUs !== undefined && atUs <= nowUs;
}
