import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Client } from "@connectrpc/connect";
import {
  type StateService,
  type Watched,
  type WatchRunsRequestSchema,
} from "@orchestrator/proto/state/v1/state_pb";
import { createOutbox, type Outbox, pause } from "@orchestrator/rpc-node";

import { stateUnavailable } from "../errors.ts";
import { RunWatch, type WatchTarget } from "./run-watch.ts";

type Frames = Outbox<MessageInitShape<typeof WatchRunsRequestSchema>>;

/** Watches at once; at the bound another one is refused. */
const MAX_WATCHES = 50_000;
const RECONNECT_MS = 200;
/** For state to end a stream whose requests have ended; then it is cut. */
const LEAVE_MS = 1_000;

/** Watches any number of runs over one stream, which is made anew from the last event of each when it breaks. */
export class WatchStream implements AsyncDisposable {
  readonly #client: Client<typeof StateService>;
  readonly #closing = new AbortController();
  readonly #calls = new AbortController();
  readonly #watches = new Map<number, RunWatch>();
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
   * `undefined` comes when nothing came for `heartbeatMs`. A reader who is behind is dropped at state, and taken up
   * again when he has caught up.
   */
  watch(
    target: WatchTarget,
    { signal, heartbeatMs }: { signal: AbortSignal; heartbeatMs: number },
  ): AsyncIterable<Watched | undefined> {
    if (this.#watches.size >= MAX_WATCHES || this.#closing.signal.aborted) {
      throw stateUnavailable("too many runs are watched; try again");
    }
    let id = this.#nextId++;
    const watch: RunWatch = new RunWatch(target, {
      signal,
      heartbeatMs,
      resume: () => {
        // Under a new id: what was on its way to the paused one has a gap before it.
        this.#watches.delete(id);
        id = this.#nextId++;
        this.#begin(id, watch);
      },
      over: ({ known }) => this.#forget(id, known),
    });
    if (!signal.aborted) {
      this.#begin(id, watch);
    }
    return watch;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(stateUnavailable("the gateway stops"));
    for (const watch of this.#watches.values()) {
      watch.stop(this.#closing.signal.reason);
    }
    this.#frames?.end();
    const limit = setTimeout(() => this.#calls.abort(), LEAVE_MS);
    await this.#done;
    clearTimeout(limit);
  }

  #begin(id: number, watch: RunWatch): void {
    this.#watches.set(id, watch);
    this.#announce(this.#added, id);
  }

  #forget(id: number, isKnown: boolean): void {
    this.#watches.delete(id);
    if (!this.#added.delete(id) && isKnown) {
      this.#announce(this.#dropped, id);
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
    const watch = this.#watches.get(watchId);
    if (watch === undefined) {
      return [];
    }
    const { namespace, runId, kinds = [] } = watch.target;
    return [{ watchId, namespace, runId, afterSeq: watch.seq, kinds: [...kinds] }];
  }

  async #serve(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const frames: Frames = createOutbox();
      this.#frames = frames;
      this.#dropped.clear();
      for (const [id, watch] of this.#watches) {
        if (!watch.isPaused) {
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
    const watch = this.#watches.get(item.watchId);
    if (watch?.deliver(item) === true) {
      this.#announce(this.#dropped, item.watchId);
    }
  }
}
