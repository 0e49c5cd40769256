import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Client } from "@connectrpc/connect";
import {
  type StateService,
  type Watched,
  type WatchRunsRequestSchema,
} from "@orchestrator/proto/state/v1/state_pb";
import { createOutbox, type Outbox, pause } from "@orchestrator/rpc-node";

import { stateUnavailable } from "../errors.ts";

type Frames = Outbox<MessageInitShape<typeof WatchRunsRequestSchema>>;

/** What a watch is for. */
export type WatchTarget = {
  readonly namespace: string;
  readonly runId: Uint8Array;
  readonly afterSeq: number;
};

type Subscription = {
  readonly target: WatchTarget;
  /** What the reader has not taken yet, in order. */
  readonly unread: Watched[];
  /** Last event that arrived. */
  seq: number;
  /** Events in `unread`. */
  events: number;
  /** True while state does not send, because the reader is behind. */
  paused: boolean;
  wake: () => void;
};

/** Watches at once; at the bound another one is refused. */
const MAX_WATCHES = 50_000;
/** Unread events of one watch; at the bound the watch is dropped at state, and taken up again when they are read. */
const MAX_UNREAD = 2_000;
const RECONNECT_MS = 200;
/** For state to end a stream whose requests have ended; then it is cut. */
const LEAVE_MS = 1_000;

/** Watches any number of runs over one stream, which is made anew from the last event of each when it breaks. */
export class WatchStream implements AsyncDisposable {
  readonly #client: Client<typeof StateService>;
  readonly #closing = new AbortController();
  readonly #calls = new AbortController();
  readonly #subscriptions = new Map<number, Subscription>();
  readonly #added = new Set<number>();
  readonly #dropped = new Set<number>();
  readonly #done: Promise<void>;
  #frames: Frames | undefined;
  #nextId = 1;
  #armed = false;

  constructor(client: Client<typeof StateService>) {
    this.#client = client;
    this.#done = this.#serve();
  }

  /**
   * Follow one run until it ends or the signal aborts.
   *
   * `undefined` is yielded when nothing came for `heartbeatMs`.
   */
  async *watch(
    target: WatchTarget,
    { signal, heartbeatMs }: { signal: AbortSignal; heartbeatMs: number },
  ): AsyncGenerator<Watched | undefined> {
    if (this.#subscriptions.size >= MAX_WATCHES) {
      throw stateUnavailable("too many runs are watched; try again");
    }
    const id = this.#nextId++;
    const subscription: Subscription = {
      target,
      unread: [],
      seq: target.afterSeq,
      events: 0,
      paused: false,
      wake: () => undefined,
    };
    this.#subscriptions.set(id, subscription);
    this.#announce(this.#added, id);
    try {
      yield* this.#read(id, subscription, { signal, heartbeatMs });
    } finally {
      this.#subscriptions.delete(id);
      if (!this.#added.delete(id)) {
        this.#announce(this.#dropped, id);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(stateUnavailable("the gateway stops"));
    for (const subscription of this.#subscriptions.values()) {
      subscription.wake();
    }
    this.#frames?.end();
    const limit = setTimeout(() => this.#calls.abort(), LEAVE_MS);
    await this.#done;
    clearTimeout(limit);
  }

  async *#read(
    id: number,
    subscription: Subscription,
    { signal, heartbeatMs }: { signal: AbortSignal; heartbeatMs: number },
  ): AsyncGenerator<Watched | undefined> {
    for (;;) {
      this.#closing.signal.throwIfAborted();
      signal.throwIfAborted();
      const next = subscription.unread.shift();
      if (next === undefined) {
        this.#resume(id, subscription);
        if (!(await somethingNew(subscription, { signal, timeoutMs: heartbeatMs }))) {
          yield undefined;
        }
        continue;
      }
      subscription.events -= next.events.length;
      yield next;
      if (next.ended || next.unknownRun) {
        return;
      }
    }
  }

  #resume(id: number, subscription: Subscription): void {
    if (subscription.paused) {
      subscription.paused = false;
      this.#announce(this.#added, id);
    }
  }

  #announce(set: Set<number>, id: number): void {
    set.add(id);
    if (!this.#armed) {
      this.#armed = true;
      setImmediate(() => this.#flush());
    }
  }

  #flush(): void {
    this.#armed = false;
    if (this.#frames === undefined) {
      return;
    }
    const dropped = [...this.#dropped];
    const watches = [...this.#added].flatMap((id) => this.#requestFor(id));
    this.#added.clear();
    this.#dropped.clear();
    if (watches.length > 0 || dropped.length > 0) {
      this.#frames.push({ watches, dropped });
    }
  }

  #requestFor(watchId: number) {
    const subscription = this.#subscriptions.get(watchId);
    if (subscription === undefined) {
      return [];
    }
    const { namespace, runId } = subscription.target;
    return [{ watchId, namespace, runId, afterSeq: subscription.seq }];
  }

  async #serve(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const frames: Frames = createOutbox();
      this.#frames = frames;
      this.#dropped.clear();
      for (const [id, subscription] of this.#subscriptions) {
        if (!subscription.paused) {
          this.#announce(this.#added, id);
        }
      }
      try {
        for await (const { watched } of this.#client.watchRuns(frames, {
          signal: this.#calls.signal,
        })) {
          for (const item of watched) {
            this.#deliver(item);
          }
        }
      } catch {
        // The stream broke: every watch goes on from its last event.
      }
      this.#frames = undefined;
      frames.end();
      await pause(RECONNECT_MS, signal);
    }
  }

  #deliver(item: Watched): void {
    const subscription = this.#subscriptions.get(item.watchId);
    if (subscription === undefined || subscription.paused) {
      return;
    }
    const last = item.events.at(-1);
    if (last !== undefined) {
      if (last.seq <= subscription.seq) {
        return; // Sent before the stream was made anew.
      }
      subscription.seq = last.seq;
    }
    subscription.unread.push(item);
    subscription.events += item.events.length;
    if (subscription.events > MAX_UNREAD && !item.ended) {
      subscription.paused = true;
      this.#announce(this.#dropped, item.watchId);
    }
    subscription.wake();
  }
}

/** Wait for something to read; false when the time is up. */
async function somethingNew(
  subscription: Subscription,
  { signal, timeoutMs }: { signal: AbortSignal; timeoutMs: number },
): Promise<boolean> {
  if (subscription.unread.length > 0) {
    return true;
  }
  return new Promise<boolean>((resolve) => {
    const end = (woken: boolean): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      subscription.wake = () => undefined;
      resolve(woken);
    };
    const abort = (): void => end(true);
    const timer = setTimeout(() => end(false), timeoutMs);
    signal.addEventListener("abort", abort, { once: true });
    subscription.wake = () => end(true);
  });
}
