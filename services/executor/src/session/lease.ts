import type { AttemptFence } from "../run-channel.ts";

/** What is left of the lease when attempts stop to start: clocks drift, and a start takes time. */
const MARGIN_MS = 2_000;
/** How long a session lasts after its heartbeat stream ended, unless it is heard of elsewhere (architecture 4.4). */
const UNHEARD_MS = 1_000;

/**
 * How long this executor may believe in its session, by its own monotonic clock.
 *
 * A lease is counted from the moment a heartbeat was sent, not from its answer, so that it never outlasts what the
 * database granted. Attempts start only within it (self-fencing); when it is over, everything that runs is stopped.
 */
export class Lease implements AttemptFence {
  readonly #nowMs: () => number;
  #leaseMs = 0;
  #lastSentMs = Number.NEGATIVE_INFINITY;
  #unheardSinceMs: number | undefined;
  readonly #onOpen: (() => void)[] = [];

  /** `nowMs` is monotonic. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  mayStart(): boolean {
    const now = this.#nowMs();
    const unheard = this.#unheardSinceMs;
    return (
      now < this.#endsAtMs() - MARGIN_MS &&
      (unheard === undefined || now < unheard + UNHEARD_MS / 2)
    );
  }

  /** Nothing that runs may go on. */
  get isOver(): boolean {
    return this.#nowMs() >= this.#endsAtMs();
  }

  onOpen(callback: () => void): void {
    this.#onOpen.push(callback);
  }

  /** A session was opened, or a heartbeat that was sent then is answered. */
  renewed(sentAtMs: number, leaseMs = this.#leaseMs): void {
    const couldStart = this.mayStart();
    this.#leaseMs = leaseMs;
    this.#lastSentMs = Math.max(this.#lastSentMs, sentAtMs);
    this.#unheardSinceMs = undefined;
    if (!couldStart && this.mayStart()) {
      for (const callback of this.#onOpen) {
        callback();
      }
    }
  }

  /** The stream of heartbeats ended; until one is answered elsewhere, no attempt starts for long. */
  unheard(): void {
    this.#unheardSinceMs ??= this.#nowMs();
  }

  /** The session is dead. */
  lost(): void {
    this.#lastSentMs = Number.NEGATIVE_INFINITY;
  }

  #endsAtMs(): number {
    return this.#lastSentMs + this.#leaseMs;
  }
}
