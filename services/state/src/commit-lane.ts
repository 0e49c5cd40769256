import type {
  Append,
  AppendStore,
  Entry,
  Outcome,
  Refusal,
  SecondLook,
  StoreTrouble,
} from "./append.ts";
import { pause } from "./pause.ts";
import { keyOf, STATUS } from "./run.ts";

/** Whoever appends is told once what became of it. */
export type Settle = (outcome: Outcome) => void;

/** What the lane tells of its work. */
export interface CommitObserver {
  /** Events of one run are committed, in one transaction with others of this time. */
  committed(entry: Entry, atUs: number): void;
  /** A batch went through. */
  batch(size: number): void;
  /** An append was refused because the run is not the sender's any more. */
  fenced(): void;
  /** The store could not take an append, whatever the run: a bug, or damage. */
  poisoned(entry: Entry, cause: unknown): void;
  /** The store could not be reached. */
  unavailable(cause: unknown): void;
}

export type CommitLaneOptions = {
  readonly store: AppendStore;
  readonly observer: CommitObserver;
  /** How many runs are held over this replica. */
  readonly held: () => number;
  readonly signal: AbortSignal;
  /** How long a batch is tried again while the store cannot be reached. */
  readonly patienceMs: number;
};

/** Half of the held runs are committed while the other half executes; fewer than this costs more than it gives. */
const MIN_BATCH = 128;
/** Payload of a batch, so that one transaction stays short. */
const MAX_BATCH_BYTES = 8 << 20;
/** Payload that waits for the lane. At the bound links stop reading, and executors feel it. */
const MAX_WAITING_BYTES = 64 << 20;
/** How often a refusal without a reason is looked at again. */
const MAX_LOOKS = 5;
const RETRY_MS = 50;

/**
 * Commits appends in natural batches: while one transaction is under way, the next batch collects; there is no timer.
 *
 * A batch whose reply was lost is sent again as it was: what had been committed is then refused, and recognised by its
 * digest. A batch that fails as a whole is halved, so that one append cannot stop the others.
 */
export class CommitLane {
  readonly #options: CommitLaneOptions;
  #queue: Waiting[] = [];
  /** The last entry of each run in the queue: appends that extend it join it. */
  readonly #last = new Map<string, Waiting>();
  readonly #rooms: (() => void)[] = [];
  #bytes = 0;
  #busy = false;

  constructor(options: CommitLaneOptions) {
    this.#options = options;
  }

  /** Hand over an append; it is settled after the commit, or when it is refused. */
  push(append: Append, settle: Settle): void {
    this.#bytes += append.bytes;
    const key = keyOf(append.runId);
    const last = this.#last.get(key);
    if (last !== undefined && canJoin(last, append)) {
      last.fromOne.push({ append, settle });
    } else {
      this.#enqueue({ key, fromOne: [{ append, settle }], looks: 0 });
    }
    this.#arm();
  }

  /** Resolves when there is room for more. */
  async room(): Promise<void> {
    while (this.#bytes > MAX_WAITING_BYTES && !this.#options.signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#rooms.push(resolve);
      });
    }
  }

  #enqueue(waiting: Waiting): void {
    this.#queue.push(waiting);
    this.#last.set(waiting.key, waiting);
  }

  #arm(): void {
    if (!this.#busy) {
      this.#busy = true;
      setImmediate(() => {
        // Every way out of a flush settles what it took, so nothing is left to reject.
        this.#flush().then(
          () => undefined,
          (cause: unknown) => this.#options.observer.unavailable(cause),
        );
      });
    }
  }

  async #flush(): Promise<void> {
    try {
      while (this.#queue.length > 0) {
        await this.#commit(this.#take());
      }
    } finally {
      this.#busy = false;
    }
  }

  /** The next batch: each run once, sorted by run. */
  #take(): Waiting[] {
    const max = Math.max(MIN_BATCH, Math.ceil(this.#options.held() / 2));
    const batch: Waiting[] = [];
    const rest: Waiting[] = [];
    // Only a queue that holds a run twice can give a batch that does.
    const taken = this.#last.size === this.#queue.length ? undefined : new Set<string>();
    let bytes = 0;
    for (const waiting of this.#queue) {
      if (
        batch.length >= max ||
        (bytes > 0 && bytes + bytesOf(waiting) > MAX_BATCH_BYTES) ||
        taken?.has(waiting.key) === true
      ) {
        rest.push(waiting);
        // What comes after it for the same run must not overtake it.
        taken?.add(waiting.key);
        continue;
      }
      bytes += bytesOf(waiting);
      batch.push(waiting);
      taken?.add(waiting.key);
      if (this.#last.get(waiting.key) === waiting) {
        this.#last.delete(waiting.key);
      }
    }
    this.#queue = rest;
    return batch.length > 1 ? batch.toSorted(byRun) : batch;
  }

  async #commit(batch: readonly Waiting[]): Promise<void> {
    const { store, observer } = this.#options;
    const entries = batch.map(entryOf);
    const result = await this.#patiently(() => store.append(entries));
    switch (result.kind) {
      case "done": {
        observer.batch(batch.length);
        const refused = new Set(result.refused.map(keyOf));
        const left: Waiting[] = [];
        batch.forEach((waiting, index) => {
          const entry = entries[index];
          if (refused.has(waiting.key)) left.push(waiting);
          else if (entry !== undefined) this.#committed(waiting, { entry, atUs: result.atUs });
        });
        if (left.length > 0) await this.#look(left);
        return;
      }
      case "unavailable":
        this.#refuseAll(batch, "unavailable");
        return;
      case "poisoned":
        await this.#bisect(batch, result.cause);
    }
  }

  async #bisect(batch: readonly Waiting[], cause: unknown): Promise<void> {
    const [first] = batch;
    if (batch.length > 1) {
      const middle = batch.length >> 1;
      await this.#commit(batch.slice(0, middle));
      await this.#commit(batch.slice(middle));
    } else if (first !== undefined && first.fromOne.length > 1) {
      this.#apart(first);
    } else if (first !== undefined) {
      this.#options.observer.poisoned(entryOf(first), cause);
      this.#refuse(first, { verdict: "invalid", lastSeq: 0, inboxSeq: 0 });
    }
  }

  /** Learns why appends were refused; a new statement, since it needs a newer snapshot. */
  async #look(refused: readonly Waiting[]): Promise<void> {
    const result = await this.#patiently(() => this.#options.store.look(refused.map(entryOf)));
    if (result.kind !== "done") {
      this.#refuseAll(refused, "unavailable");
      return;
    }
    const looks = new Map(result.looks.map((look) => [keyOf(look.runId), look]));
    for (const waiting of refused) {
      const look = looks.get(waiting.key);
      if (look !== undefined) this.#judge(waiting, look);
    }
  }

  #judge(waiting: Waiting, look: SecondLook): void {
    if (look.verdict === "duplicate") {
      this.#settle(waiting, { kind: "committed" });
    } else if (waiting.fromOne.length > 1) {
      // The refusal may concern a part of it only.
      this.#apart(waiting);
    } else if (look.verdict !== "retry") {
      if (look.verdict === "stale") this.#options.observer.fenced();
      this.#refuse(waiting, { ...look, verdict: look.verdict });
    } else if (waiting.looks < MAX_LOOKS) {
      this.#requeue([{ ...waiting, looks: waiting.looks + 1 }]);
    } else {
      this.#refuseAll([waiting], "unavailable");
    }
  }

  /** Tries the appends of an entry one by one, ahead of what waits. */
  #apart({ key, fromOne, looks }: Waiting): void {
    this.#requeue(fromOne.map((one) => ({ key, fromOne: [one], looks, alone: true })));
  }

  #requeue(waitings: readonly Waiting[]): void {
    this.#queue = [...waitings, ...this.#queue];
    for (const waiting of waitings) {
      const last = this.#last.get(waiting.key);
      if (last === undefined || waitings.includes(last)) this.#last.set(waiting.key, waiting);
    }
  }

  /**
   * Asks again while the store cannot be reached, for as long as patience lasts. What is asked is then recognised if
   * it was committed, so an answer is never wrong, only late.
   */
  async #patiently<D extends { readonly kind: "done" }>(
    ask: () => Promise<D | StoreTrouble>,
  ): Promise<D | Lasting> {
    const { signal, patienceMs, observer } = this.#options;
    for (let waitedMs = 0; ; waitedMs += RETRY_MS) {
      const result = await ask();
      if (result.kind === "again") continue;
      if (result.kind !== "unavailable") return result;
      observer.unavailable(result.cause);
      if (waitedMs >= patienceMs || signal.aborted) return result;
      await pause(RETRY_MS, signal);
    }
  }

  #committed(waiting: Waiting, { entry, atUs }: { entry: Entry; atUs: number }): void {
    this.#options.observer.committed(entry, atUs);
    this.#settle(waiting, { kind: "committed" });
  }

  #refuseAll(batch: readonly Waiting[], verdict: Refusal): void {
    for (const waiting of batch) this.#refuse(waiting, { verdict, lastSeq: 0, inboxSeq: 0 });
  }

  #refuse(waiting: Waiting, why: { verdict: Refusal; lastSeq: number; inboxSeq: number }): void {
    this.#settle(waiting, { kind: "refused", ...why });
  }

  #settle({ fromOne }: Waiting, outcome: Outcome): void {
    for (const { append, settle } of fromOne) {
      this.#bytes -= append.bytes;
      settle(outcome);
    }
    if (this.#rooms.length > 0 && this.#bytes <= MAX_WAITING_BYTES) {
      for (const resolve of this.#rooms.splice(0)) resolve();
    }
  }
}

type Lasting = Exclude<StoreTrouble, { readonly kind: "again" }>;

/** What waits for one run: appends that extend each other. */
type Waiting = {
  readonly key: string;
  readonly fromOne: { readonly append: Append; readonly settle: Settle }[];
  /** How often it was refused without a reason. */
  readonly looks: number;
  /** Others may not join it: it was taken apart to find out which of them is at fault. */
  readonly alone?: true;
};

function canJoin({ fromOne, alone }: Waiting, append: Append): boolean {
  const last = fromOne.at(-1)?.append;
  return (
    last !== undefined &&
    alone !== true &&
    last.status === STATUS.running &&
    last.toSeq === append.fromSeq &&
    last.epoch === append.epoch &&
    last.sessionId === append.sessionId
  );
}

function entryOf({ fromOne }: Waiting): Entry {
  const first = fromOne[0]?.append;
  const last = fromOne.at(-1)?.append;
  if (first === undefined || last === undefined) {
    throw new Error("an entry of the commit lane has no append");
  }
  return { ...last, fromSeq: first.fromSeq, appends: fromOne.map(({ append }) => append) };
}

function bytesOf({ fromOne }: Waiting): number {
  let bytes = 0;
  for (const { append } of fromOne) bytes += append.bytes;
  return bytes;
}

/** Lock order: latin1 keys compare as their bytes do. */
function byRun(one: Waiting, other: Waiting): number {
  return one.key < other.key ? -1 : Number(one.key > other.key);
}
