import type { Beat, SessionStore } from "./session.ts";

export type HeartbeatsOptions = {
  readonly store: Pick<SessionStore, "beat" | "shorten">;
  readonly leaseMs: number;
  /** How long a session lives on once its stream has ended. */
  readonly graceMs: number;
  /** A session may expire in so many milliseconds: look again then. */
  readonly lookIn: (ms: number) => void;
};

/** What a session says that it holds. */
export type Held = { readonly count: number; readonly hash: bigint };

/** What a heartbeat is answered with. */
export type BeatAnswer = { readonly live: boolean; readonly reconcile: boolean };

/** Keeps sessions alive: beats that come together are one statement. */
export class Heartbeats {
  readonly #options: HeartbeatsOptions;
  #waiting: Waiting[] = [];
  #busy = false;

  constructor(options: HeartbeatsOptions) {
    this.#options = options;
  }

  /** Opens a stream of heartbeats. */
  open(): HeartbeatStream {
    return new HeartbeatStream(this.#options, (sessionId) => this.#beat(sessionId));
  }

  #beat(sessionId: number): Promise<Beat | undefined> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ sessionId, resolve, reject });
      if (!this.#busy) {
        this.#busy = true;
        setImmediate(() => {
          // Whoever waits is told of a failure.
          this.#flush().then(
            () => undefined,
            () => undefined,
          );
        });
      }
    });
  }

  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        const ids = [...new Set(batch.map(({ sessionId }) => sessionId))];
        const beats = await this.#options.store.beat(ids, this.#options.leaseMs);
        for (const { sessionId, resolve } of batch) {
          resolve(beats.find((beat) => beat.sessionId === sessionId));
        }
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#busy = false;
  }
}

type Waiting = {
  readonly sessionId: number;
  readonly resolve: (beat: Beat | undefined) => void;
  readonly reject: (reason: unknown) => void;
};

/** The heartbeats of one stream. When it ends, its sessions have little time to be heard of elsewhere. */
export class HeartbeatStream {
  readonly #options: HeartbeatsOptions;
  readonly #beat: (sessionId: number) => Promise<Beat | undefined>;
  readonly #sessions = new Map<number, { expiresAtUs: number; differs: boolean }>();

  constructor(options: HeartbeatsOptions, beat: (sessionId: number) => Promise<Beat | undefined>) {
    this.#options = options;
    this.#beat = beat;
  }

  /**
   * Answer a heartbeat. What both sides hold differs for a moment with every run that is assigned or ends, so it is
   * worth a comparison only when it differs twice in a row.
   */
  async beat(sessionId: number, held: Held): Promise<BeatAnswer> {
    const beat = await this.#beat(sessionId);
    if (beat === undefined) {
      this.#sessions.delete(sessionId);
      return { live: false, reconcile: false };
    }
    const { expiresAtUs, heldCount, heldHash } = beat;
    const differs = heldCount !== held.count || heldHash !== held.hash;
    const reconcile = differs && this.#sessions.get(sessionId)?.differs === true;
    this.#sessions.set(sessionId, { expiresAtUs, differs });
    return { live: true, reconcile };
  }

  /** The stream ended, and not because this replica ends. */
  async ended(): Promise<void> {
    const { store, graceMs, lookIn } = this.#options;
    for (const [sessionId, { expiresAtUs }] of this.#sessions) {
      if ((await store.shorten(sessionId, { expiresAtUs, leaseMs: graceMs })) === "shortened") {
        lookIn(graceMs);
      }
    }
  }
}
