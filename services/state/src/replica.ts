import type { AppendStore, Entry } from "./append.ts";
import type { AssignmentStore } from "./assignment.ts";
import { CommitLane } from "./commit-lane.ts";
import { CreationLane } from "./creation-lane.ts";
import type { CreationStore } from "./creation.ts";
import { DatabaseClock } from "./database-clock.ts";
import { Dispatcher } from "./dispatcher.ts";
import type { RunReader } from "./event.ts";
import type { StateEvents } from "./events.ts";
import { Heartbeats } from "./heartbeats.ts";
import { type Hint, type HintBus, Hints, TELL_NOBODY, type Telling } from "./hints.ts";
import { LinkTable } from "./link-table.ts";
import type { InboxStore } from "./message.ts";
import { pause } from "./pause.ts";
import { createRunIdSource } from "./run-id-source.ts";
import { keyOf, STATUS } from "./run.ts";
import type { SessionStore } from "./session.ts";
import type { SweepStore } from "./sweep.ts";
import { Sweeper } from "./sweeper.ts";
import { WatchHub } from "./watch-hub.ts";

/** How a replica behaves; all in milliseconds. */
export type ReplicaTimes = {
  /** How long a session lives after each heartbeat. */
  readonly leaseMs: number;
  /** How long a session lives once its stream of heartbeats has ended. */
  readonly graceMs: number;
  /** How often it looks for what is due. */
  readonly sweepMs: number;
  /** How long an assignment may wait until it is taken up. */
  readonly bindMs: number;
  /** How long commits are tried again while the database cannot be reached. */
  readonly patienceMs: number;
  /** How long executors are given to move their runs elsewhere when it ends. */
  readonly drainMs: number;
};

/** What a replica stands on. */
export type ReplicaOptions = {
  readonly times: ReplicaTimes;
  /** Appends and creations have connections of their own. */
  readonly stores: {
    readonly appends: AppendStore;
    readonly creations: CreationStore;
    readonly assignments: AssignmentStore;
    readonly sessions: SessionStore;
    readonly inbox: InboxStore;
    readonly runs: RunReader;
    readonly sweeps: SweepStore;
  };
  /** Undefined where no other replica uses the store. */
  readonly bus: HintBus | undefined;
  readonly replica: string;
  readonly cell: number;
  readonly soleOwner: boolean;
  readonly events: StateEvents;
  readonly background: (name: string, work: (signal: AbortSignal) => Promise<void>) => void;
  readonly monotonicMs: () => number;
  /** The time by this machine's clock, until the database's is known. */
  readonly assumedMs: number;
  readonly randomBytes: (count: number) => Uint8Array;
};

const HINT_WINDOW_MS = 4;
const RELISTEN_MS = 1_000;
const DRAIN_LOOK_MS = 20;

/** One replica of the state service: its lanes, links and sweeps. Everything that must last is in its stores. */
export class Replica {
  readonly lane: CommitLane;
  readonly creations: CreationLane;
  readonly links: LinkTable;
  readonly dispatcher: Dispatcher;
  readonly heartbeats: Heartbeats;
  readonly watches: WatchHub;
  readonly #options: ReplicaOptions;
  readonly #sweeper: Sweeper;
  readonly #clock: DatabaseClock;
  readonly #hints: Hints | undefined;
  readonly #stop = new AbortController();

  constructor(options: ReplicaOptions) {
    this.#options = options;
    const { stores, times, background, monotonicMs } = options;
    this.#clock = new DatabaseClock(monotonicMs, { assumedMs: options.assumedMs });
    this.#hints = this.#openHints();
    this.watches = new WatchHub({ reader: stores.runs, background });
    this.lane = this.#openLane();
    this.links = new LinkTable({
      lane: this.lane,
      store: stores.assignments,
      readInbox: (wanted) => stores.inbox.read(wanted),
      ready: () => this.dispatcher.ready(),
      gaveUp: (taken) => options.events.runsTaken(taken),
      hungry: () => this.dispatcher.hungry(),
      background,
      monotonicMs,
      bindMs: times.bindMs,
    });
    this.dispatcher = new Dispatcher({
      links: this.links,
      store: stores.assignments,
      background,
      tellOthers: () => this.#telling.ready(),
    });
    this.creations = this.#openCreations();
    this.#sweeper = this.#openSweeper();
    this.heartbeats = new Heartbeats({
      store: stores.sessions,
      leaseMs: times.leaseMs,
      graceMs: times.graceMs,
      lookIn: (ms) => this.#sweeper.lookIn(ms),
    });
  }

  /** Aborted when it ends: streams end with it. */
  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  /** Begin to sweep and to listen to other replicas; the store is there. */
  serve(): void {
    this.#options.background("sweep", (signal) => this.#sweeper.run(signal));
    this.#options.background("listen", (signal) => this.#listen(signal));
  }

  /** A message was stored: whoever carries the run should look. */
  messageStored(runId: Uint8Array): void {
    this.#messagesCame([runId]);
    this.#telling.message(keyOf(runId), runId);
  }

  /** Tell executors to go elsewhere, and end the streams once they have, or time is up. */
  async drain(): Promise<void> {
    const { monotonicMs, times } = this.#options;
    this.links.drain();
    const dueMs = monotonicMs() + times.drainMs;
    while (this.links.carried > 0 && monotonicMs() < dueMs) {
      await pause(DRAIN_LOOK_MS, this.stop);
    }
    this.#stop.abort();
  }

  get #telling(): Telling {
    return this.#hints ?? TELL_NOBODY;
  }

  #openHints(): Hints | undefined {
    const { bus, replica, background } = this.#options;
    if (bus === undefined) return undefined;
    const onHint = (hint: Hint): void => this.#hear(hint);
    return new Hints({ bus, replica, background, onHint, windowMs: HINT_WINDOW_MS });
  }

  #hear({ ready, runs, messages }: Hint): void {
    if (ready) this.dispatcher.look();
    if (runs.length > 0) this.watches.changed(runs);
    if (messages.length > 0) this.#messagesCame(messages);
  }

  #messagesCame(runIds: readonly Uint8Array[]): void {
    this.#options.background("messages_came", () => this.links.messagesCame(runIds));
  }

  #openLane(): CommitLane {
    const { stores, times, events } = this.#options;
    return new CommitLane({
      store: stores.appends,
      held: () => this.links.carried,
      signal: this.stop,
      patienceMs: times.patienceMs,
      observer: {
        committed: (entry, atUs) => this.#committed(entry, atUs),
        batch: (size) => events.batchCommitted(size),
        fenced: () => events.appendFenced(),
        poisoned: (entry, cause) => events.appendPoisoned(entry, cause),
        unavailable: (cause) => events.storeUnavailable(cause),
      },
    });
  }

  #committed(entry: Entry, atUs: number): void {
    this.watches.committed(entry, atUs);
    this.#telling.changed(keyOf(entry.runId), entry.runId);
    if (entry.status === STATUS.suspended && entry.wakeAfterMs > 0) {
      this.#sweeper.lookIn(entry.wakeAfterMs);
    }
  }

  #openCreations(): CreationLane {
    const { stores, times, events, randomBytes, cell } = this.#options;
    return new CreationLane({
      store: stores.creations,
      places: this.dispatcher,
      newRunId: createRunIdSource({ nowMs: () => this.#clock.nowMs(), randomBytes, cell }),
      created: ({ runId }) => this.#telling.changed(keyOf(runId), runId),
      poisoned: ({ requestId }, cause) => events.creationPoisoned(requestId, cause),
      unavailable: (cause) => events.storeUnavailable(cause),
      signal: this.stop,
      patienceMs: times.patienceMs,
    });
  }

  #openSweeper(): Sweeper {
    const { stores, times, events, monotonicMs, soleOwner } = this.#options;
    return new Sweeper({
      store: stores.sweeps,
      clock: this.#clock,
      leaseMs: times.leaseMs,
      everyMs: times.sweepMs,
      soleOwner,
      monotonicMs,
      observer: {
        sessionDied: (sessionId) => {
          events.sessionDied(sessionId);
          this.links.sessionDied(sessionId);
        },
        tookOver: (runs) => events.runsTaken(runs),
        queue: (queue) => events.queueMeasured(queue),
        leasesGranted: (reason) => events.leasesGranted(reason),
        ready: () => this.dispatcher.ready(),
        look: () => this.dispatcher.look(),
        swept: () => this.#lookAround(),
        failed: (cause) => events.storeUnavailable(cause),
      },
    });
  }

  /** Once a second: what hints should have told, and what was assigned and not taken up. */
  async #lookAround(): Promise<void> {
    const { stores, events } = this.#options;
    events.runsHeld(this.links.carried);
    await this.links.takeBackLate();
    if (this.links.carried > 0) {
      const sessions = [...this.links.links].map(({ sessionId }) => sessionId);
      const heads = await stores.inbox.heads([...new Set(sessions)]);
      await this.links.messagesCame(this.links.behind(heads));
    }
    await this.watches.poll();
  }

  async #listen(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#hints?.listen();
        return;
      } catch (cause) {
        this.#options.events.hintsLost(cause);
        await pause(RELISTEN_MS, signal);
      }
    }
  }
}
