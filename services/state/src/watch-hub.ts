import type { Entry } from "./append.ts";
import type { Event, Head, RunReader } from "./event.ts";
import { hasEnded, keyOf, type Status, STATUS } from "./run.ts";

/** A run to watch. */
export type NewWatch = {
  readonly watchId: number;
  readonly runId: Uint8Array;
  /** Empty for the mesh's own look. */
  readonly namespace: string;
  readonly afterSeq: number;
  /** The only kinds of events that are told; all without them. */
  readonly kinds?: readonly number[];
};

/** What happened to a watched run. */
export type Watched = {
  readonly watchId: number;
  readonly events: readonly Event[];
  readonly status: Status | undefined;
  readonly unknownRun: boolean;
  readonly ended: boolean;
};

export type WatchHubOptions = {
  readonly reader: Pick<RunReader, "heads" | "eventsOf">;
  readonly background: (name: string, work: () => Promise<void>) => void;
};

/** Runs and events of each that are read at once: what one statement may bring into memory. */
const READ_RUNS = 64;
const READ_EVENTS = 100;
/** Runs that one look of the poll asks for. */
const POLL_RUNS = 1_000;
/** Events that may wait for one stream; beyond it the store keeps them until the stream has taken what waits. */
const MAX_WAITING_EVENTS = 5_000;
/** Watches of one stream (I10): what is beyond it is answered as unknown. */
const MAX_WATCHES = 100_000;

/**
 * Knows what is watched and how far each watch is.
 *
 * Commits of this replica go out from memory when they extend what a watch has seen; everything else — hints of other
 * replicas, a poll once a second, a stream that was slow — makes a run due, and due runs are read in batches.
 */
export class WatchHub {
  readonly #options: WatchHubOptions;
  readonly #watches = new Map<string, Set<Watch>>();
  readonly #due = new Set<string>();
  #busy = false;

  constructor(options: WatchHubOptions) {
    this.#options = options;
  }

  /** Opens a stream of watches; `send` is called with what a frame carries, mostly once in a turn of the event loop. */
  open(send: (watched: readonly Watched[]) => void): WatchStream {
    return new WatchStream(send, {
      watch: (watch) => {
        const same = this.#watches.get(watch.key) ?? new Set();
        this.#watches.set(watch.key, same.add(watch));
        this.#isDue(watch.key);
      },
      forget: (watch) => this.#forget(watch),
      due: (watch) => this.#isDue(watch.key),
    });
  }

  /** Events were committed here. */
  committed({ runId, fromSeq, toSeq, status, appends }: Entry, atUs: number): void {
    const key = keyOf(runId);
    const watches = this.#watches.get(key);
    if (watches === undefined) return;
    let events: readonly Event[] | undefined;
    // Forgetting a watch on the way is no harm to a set.
    for (const watch of watches) {
      if (watch.confirmed && watch.sentSeq === fromSeq && !watch.stream.full) {
        events ??= eventsOf({ fromSeq, appends }, atUs);
        this.#tell(watch, { events, status, lastSeq: toSeq });
      } else {
        this.#isDue(key);
      }
    }
  }

  /** Runs changed, as other replicas say. */
  changed(runIds: readonly Uint8Array[]): void {
    for (const key of runIds.map(keyOf)) {
      if (this.#watches.has(key)) this.#isDue(key);
    }
  }

  /** Looks at everything that is watched: the truth, where hints got lost. */
  async poll(): Promise<void> {
    for (const [key, watches] of this.#watches) {
      // Its first look failed: that there is no such run, no head would tell.
      if ([...watches].some(({ confirmed, stream }) => !confirmed && !stream.full)) {
        this.#isDue(key);
      }
    }
    const all = [...this.#watches.values()].flatMap((watches) => [...watches].slice(0, 1));
    for (let at = 0; at < all.length; at += POLL_RUNS) {
      const runIds = all.slice(at, at + POLL_RUNS).map(({ runId }) => runId);
      for (const { runId, lastSeq, status } of await this.#options.reader.heads(runIds)) {
        const key = keyOf(runId);
        const behind = [...(this.#watches.get(key) ?? [])].some(
          ({ sentSeq, stream }) => !stream.full && (sentSeq < lastSeq || hasEnded(status)),
        );
        if (behind) this.#isDue(key);
      }
    }
  }

  #forget(watch: Watch): void {
    const watches = this.#watches.get(watch.key);
    watches?.delete(watch);
    if (watches?.size === 0) this.#watches.delete(watch.key);
  }

  #isDue(key: string): void {
    this.#due.add(key);
    if (this.#busy) return;
    this.#busy = true;
    this.#options.background("read_watched", async () => {
      // What falls due in one turn is read together.
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      try {
        while (this.#due.size > 0) await this.#readDue();
      } finally {
        this.#busy = false;
      }
    });
  }

  async #readDue(): Promise<void> {
    const keys: string[] = [];
    for (const key of this.#due) {
      if (keys.length === READ_RUNS) break;
      keys.push(key);
    }
    for (const key of keys) this.#due.delete(key);
    const watches = keys.flatMap((key) => Array.from(this.#watches.get(key) ?? []));
    const ready = watches.filter(({ stream }) => !stream.full);
    if (ready.length === 0) return;
    const first = new Map(ready.map((watch) => [watch.key, watch]));
    const heads = new Map<string, Head>();
    for (const head of await this.#options.reader.heads(
      [...first.values()].map(({ runId }) => runId),
    )) {
      heads.set(keyOf(head.runId), head);
    }
    const events = await this.#read(ready, heads);
    for (const watch of ready) {
      this.#update(watch, { head: heads.get(watch.key), events: events.get(watch.key) ?? [] });
    }
  }

  /** The events that the furthest behind of each run's watches lacks. */
  async #read(
    watches: readonly Watch[],
    heads: ReadonlyMap<string, Head>,
  ): Promise<ReadonlyMap<string, readonly Event[]>> {
    const wanted = new Map<string, { runId: Uint8Array; afterSeq: number }>();
    for (const { key, runId, sentSeq } of watches) {
      if (sentSeq >= (heads.get(key)?.lastSeq ?? 0)) continue;
      const afterSeq = Math.min(sentSeq, wanted.get(key)?.afterSeq ?? sentSeq);
      wanted.set(key, { runId, afterSeq });
    }
    const found = new Map<string, Event[]>();
    if (wanted.size === 0) return found;
    for (const { runId, event } of await this.#options.reader.eventsOf(
      [...wanted.values()],
      READ_EVENTS,
    )) {
      const key = keyOf(runId);
      const events = found.get(key) ?? [];
      found.set(key, events);
      events.push(event);
    }
    return found;
  }

  #update(
    watch: Watch,
    { head, events }: { head: Head | undefined; events: readonly Event[] },
  ): void {
    if (!watch.open) return;
    if (head === undefined || (watch.namespace !== "" && watch.namespace !== head.namespace)) {
      this.#forget(watch);
      watch.stream.end(watch, { events: [], status: undefined, unknownRun: true, ended: false });
      return;
    }
    watch.confirmed = true;
    // Some may have gone out from memory while the others were read.
    const fresh = events.filter(({ seq }) => seq > watch.sentSeq);
    const lastSeq = fresh.at(-1)?.seq ?? watch.sentSeq;
    const isAll = lastSeq >= head.lastSeq;
    const status = isAll ? head.status : STATUS.running;
    if (fresh.length > 0 || (isAll && hasEnded(status))) {
      this.#tell(watch, { events: fresh, status, lastSeq });
    }
    if (!isAll) this.#isDue(watch.key);
  }

  #tell(
    watch: Watch,
    { events, status, lastSeq }: { events: readonly Event[]; status: Status; lastSeq: number },
  ): void {
    watch.sentSeq = lastSeq;
    const ended = hasEnded(status);
    const { kinds } = watch;
    const wanted = kinds === undefined ? events : events.filter(({ kind }) => kinds.has(kind));
    if (wanted.length === 0 && !ended) return;
    const watched = { events: wanted, status, unknownRun: false, ended };
    if (ended) {
      this.#forget(watch);
      watch.stream.end(watch, watched);
    } else {
      watch.stream.say(watch, watched);
    }
  }
}

type Hub = {
  readonly watch: (watch: Watch) => void;
  readonly forget: (watch: Watch) => void;
  readonly due: (watch: Watch) => void;
};

type Watch = {
  readonly watchId: number;
  readonly runId: Uint8Array;
  readonly key: string;
  readonly namespace: string;
  readonly stream: WatchStream;
  /** Undefined for all. */
  readonly kinds: ReadonlySet<number> | undefined;
  sentSeq: number;
  /** The run exists, and the watcher may see it. */
  confirmed: boolean;
  open: boolean;
};

/** The watches of one caller. */
export class WatchStream {
  readonly #send: (watched: readonly Watched[]) => void;
  readonly #hub: Hub;
  readonly #watches = new Map<number, Watch>();
  #said: Watched[] = [];
  /** Events that were said and not yet taken. */
  #waiting = 0;

  constructor(send: (watched: readonly Watched[]) => void, hub: Hub) {
    this.#send = send;
    this.#hub = hub;
  }

  /** Whether the caller must take what waits first. */
  get full(): boolean {
    return this.#waiting >= MAX_WAITING_EVENTS;
  }

  add({ watchId, runId, namespace, afterSeq, kinds = [] }: NewWatch): void {
    this.drop(watchId);
    const watch: Watch = {
      watchId,
      runId,
      key: keyOf(runId),
      namespace,
      stream: this,
      kinds: kinds.length === 0 ? undefined : new Set(kinds),
      sentSeq: afterSeq,
      confirmed: false,
      open: true,
    };
    if (this.#watches.size >= MAX_WATCHES) {
      this.say(watch, { events: [], status: undefined, unknownRun: true, ended: false });
      return;
    }
    this.#watches.set(watchId, watch);
    this.#hub.watch(watch);
  }

  drop(watchId: number): void {
    const watch = this.#watches.get(watchId);
    if (watch !== undefined) {
      watch.open = false;
      this.#watches.delete(watchId);
      this.#hub.forget(watch);
    }
  }

  /** The caller has taken this many events. */
  taken(events: number): void {
    const wasFull = this.full;
    this.#waiting -= events;
    if (wasFull && !this.full) {
      for (const watch of this.#watches.values()) this.#hub.due(watch);
    }
  }

  close(): void {
    for (const watchId of this.#watches.keys()) this.drop(watchId);
  }

  say(watch: Watch, watched: Omit<Watched, "watchId">): void {
    this.#waiting += watched.events.length;
    this.#said.push({ watchId: watch.watchId, ...watched });
    if (this.#said.length === 1) {
      setImmediate(() => {
        const said = this.#said;
        this.#said = [];
        this.#send(said);
      });
    }
  }

  /** Say the last of a watch. */
  end(watch: Watch, watched: Omit<Watched, "watchId">): void {
    watch.open = false;
    this.#watches.delete(watch.watchId);
    this.say(watch, watched);
  }
}

/** What an event takes beside its payload and the name of its step. */
const EVENT_BYTES = 64;

/** Bytes that a watch takes in a frame, about. */
export function watchedBytes({ events }: Pick<Watched, "events">): number {
  let bytes = 0;
  for (const { payload, step } of events) bytes += payload.length + step.length + EVENT_BYTES;
  return bytes;
}

function eventsOf(
  { fromSeq, appends }: Pick<Entry, "fromSeq" | "appends">,
  atUs: number,
): readonly Event[] {
  let seq = fromSeq;
  return appends
    .flatMap(({ events }) => events)
    .map(({ kind, version, step, attempt, form, payload }) => {
      seq += 1;
      return { seq, kind, version, step, attempt, form, payload, atUs };
    });
}
