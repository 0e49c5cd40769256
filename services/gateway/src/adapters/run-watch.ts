import type { Watched } from "@orchestrator/proto/state/v1/state_pb";

/** What a watch is for. */
export type WatchTarget = {
  readonly namespace: string;
  readonly runId: Uint8Array;
  readonly afterSeq: number;
  /** The only kinds of events that are wanted; all without them. */
  readonly kinds?: readonly number[];
};

export type RunWatchOptions = {
  readonly signal: AbortSignal;
  /** `undefined` is read when nothing came for so long. */
  readonly heartbeatMs: number;
  /** The reader has caught up with a watch that was paused. */
  readonly resume: () => void;
  /** Nobody reads on; `known` where state may still send something. */
  readonly over: (left: { readonly known: boolean }) => void;
};

/** Unread events of one watch; at the bound it is paused until they are read. */
const MAX_UNREAD = 2_000;

/**
 * One watch of a run, read message by message until the run ends or the signal aborts.
 *
 * It is on the way of every event that somebody watches: one timer and one listener serve it for its whole life, and
 * what arrives while the reader waits goes straight to him.
 */
export class RunWatch implements AsyncIterable<Watched | undefined> {
  readonly target: WatchTarget;
  readonly #options: RunWatchOptions;
  readonly #unread: Watched[] = [];
  readonly #onAbort = (): void => this.stop(this.#options.signal.reason);
  #seq: number;
  #events = 0;
  #isPaused = false;
  #isOver = false;
  #stopped: { readonly reason: unknown } | undefined;
  #waiting: Waiting | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(target: WatchTarget, options: RunWatchOptions) {
    this.target = target;
    this.#options = options;
    this.#seq = target.afterSeq;
    options.signal.addEventListener("abort", this.#onAbort, { once: true });
    if (options.signal.aborted) {
      this.#onAbort();
    }
  }

  /** Last event that arrived. */
  get seq(): number {
    return this.#seq;
  }

  /** True while state is not to send, because the reader is behind. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Something arrived; true when the watch is to pause. */
  deliver(item: Watched): boolean {
    const last = item.events.at(-1);
    if (this.#isPaused || (last !== undefined && last.seq <= this.#seq)) {
      return false; // Sent before the stream was made anew.
    }
    this.#seq = last?.seq ?? this.#seq;
    if (this.#waiting !== undefined) {
      this.#give(item);
      return false;
    }
    this.#unread.push(item);
    this.#events += item.events.length;
    this.#isPaused = this.#events > MAX_UNREAD && !item.ended;
    return this.#isPaused;
  }

  /** Reading fails from now on. */
  stop(reason: unknown): void {
    this.#stopped ??= { reason };
    const waiting = this.#waiting;
    this.#waiting = undefined;
    this.#leave();
    waiting?.reject(reason);
  }

  [Symbol.asyncIterator](): AsyncIterator<Watched | undefined> {
    return {
      next: () => this.#next(),
      return: async () => {
        this.#leave();
        return { done: true, value: undefined };
      },
    };
  }

  #next(): Promise<IteratorResult<Watched | undefined>> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      const next = this.#unread.shift();
      if (this.#stopped !== undefined) {
        reject(this.#stopped.reason);
      } else if (next !== undefined) {
        this.#events -= next.events.length;
        this.#give(next);
      } else if (this.#isOver) {
        resolve({ done: true, value: undefined });
      } else {
        this.#wait();
      }
    });
  }

  #give(item: Watched): void {
    this.#waiting?.resolve({ done: false, value: item });
    this.#waiting = undefined;
    if (item.ended || item.unknownRun) {
      this.#leave({ known: false });
    }
  }

  #wait(): void {
    if (this.#isPaused) {
      this.#isPaused = false;
      this.#options.resume();
    }
    if (this.#timer === undefined) {
      this.#timer = setTimeout(() => this.#quiet(), this.#options.heartbeatMs);
    } else {
      this.#timer.refresh();
    }
  }

  #quiet(): void {
    this.#waiting?.resolve({ done: false, value: undefined });
    this.#waiting = undefined;
  }

  #leave({ known }: { readonly known: boolean } = { known: true }): void {
    if (!this.#isOver) {
      this.#isOver = true;
      clearTimeout(this.#timer);
      this.#options.signal.removeEventListener("abort", this.#onAbort);
      this.#options.over({ known });
    }
  }
}

type Waiting = {
  readonly resolve: (result: IteratorResult<Watched | undefined>) => void;
  readonly reject: (reason: unknown) => void;
};
