import type { Assignment } from "./assignment.ts";
import type { Creation, CreationOutcome, CreationStore, EarlierRun, NewRun } from "./creation.ts";
import { pause } from "./pause.ts";
import { keyOf, type Run, STATUS } from "./run.ts";

/** Where a new run may go at once. */
export interface DirectPlaces {
  /** A place with room whose session offers what is required, now taken; undefined when there is none, or others wait. */
  take(requires: readonly string[]): DirectPlace | undefined;
  /** Runs are ready and have no holder. */
  ready(): void;
}

/** Room for one run. */
export interface DirectPlace {
  readonly sessionId: number;
  assign(assignment: Assignment): void;
  /** The room is free again. */
  free(): void;
  /** Its session is dead: there will be no room again. */
  dead(): void;
}

export type CreationLaneOptions = {
  readonly store: CreationStore;
  readonly places: DirectPlaces;
  readonly newRunId: () => Uint8Array;
  /** A run exists from now on. */
  readonly created: (run: NewRun, atUs: number) => void;
  readonly poisoned: (creation: NewRun, cause: unknown) => void;
  readonly unavailable: (cause: unknown) => void;
  readonly signal: AbortSignal;
  /** How long a batch is tried again while the store cannot be reached. */
  readonly patienceMs: number;
};

/** One statement's worth. */
const MAX_BATCH = 256;
/** Creations that wait; at the bound one is answered as unavailable, and nothing of it is stored (I10). */
const MAX_WAITING = 20_000;
const RETRY_MS = 50;

/** Creates runs in natural batches on a connection of their own, so that they never wait for appends, nor these for them. */
export class CreationLane {
  readonly #options: CreationLaneOptions;
  #queue: Waiting[] = [];
  #busy = false;

  constructor(options: CreationLaneOptions) {
    this.#options = options;
  }

  /** Hand over a creation; it is settled after its commit. */
  push(creation: Creation, settle: Settle, payloadHash?: Uint8Array): void {
    if (this.#queue.length >= MAX_WAITING) {
      settle({ kind: "unavailable", message: "too many runs wait to be stored; try again" });
      return;
    }
    this.#queue.push({ creation, payloadHash, settle });
    if (!this.#busy) {
      this.#busy = true;
      setImmediate(() => {
        // A flush settles whatever it took.
        this.#flush().then(() => undefined, this.#options.unavailable);
      });
    }
  }

  async #flush(): Promise<void> {
    try {
      while (this.#queue.length > 0) {
        const taken = this.#queue.slice(0, MAX_BATCH);
        this.#queue = this.#queue.slice(MAX_BATCH);
        await this.#create(taken.map((waiting) => this.#prepared(waiting)).toSorted(byRequest));
      }
    } finally {
      this.#busy = false;
    }
  }

  #prepared({ creation, payloadHash, settle }: Waiting): Prepared {
    const place = this.#options.places.take(creation.requires);
    const run: NewRun = {
      ...creation,
      payloadHash,
      runId: this.#options.newRunId(),
      sessionId: place?.sessionId ?? 0,
    };
    return { run, place, settle };
  }

  async #create(batch: readonly Prepared[]): Promise<void> {
    const result = await this.#patiently(batch);
    switch (result.kind) {
      case "done":
        await this.#done(batch, result);
        return;
      case "unavailable":
        this.#unavailable(batch);
        return;
      case "poisoned":
        await this.#bisect(batch, result.cause);
    }
  }

  async #done(
    batch: readonly Prepared[],
    result: { atUs: number; notCreated: readonly Uint8Array[]; notAssigned: readonly Uint8Array[] },
  ): Promise<void> {
    const notCreated = new Set(result.notCreated.map(keyOf));
    const notAssigned = new Set(result.notAssigned.map(keyOf));
    const refused: Prepared[] = [];
    let ready = false;
    for (const prepared of batch) {
      const key = keyOf(prepared.run.runId);
      if (notCreated.has(key)) {
        refused.push(prepared);
        continue;
      }
      const assigned = prepared.place !== undefined && !notAssigned.has(key);
      ready ||= !assigned;
      const run = createdRun(prepared.run, { atUs: result.atUs, assigned });
      this.#options.created(prepared.run, result.atUs);
      if (assigned) prepared.place.assign(assignmentOf(prepared.run, result.atUs));
      else prepared.place?.dead();
      prepared.settle({ kind: "created", run });
    }
    if (ready) this.#options.places.ready();
    if (refused.length > 0) await this.#look(refused);
  }

  /** Learns why runs were not created; among them may be runs of a batch whose reply was lost. */
  async #look(refused: readonly Prepared[]): Promise<void> {
    const result = await this.#options.store.earlier(refused.map(({ run }) => run));
    if (result.kind !== "done") {
      this.#unavailable(refused);
      return;
    }
    const earlier = new Map(
      result.runs.map((found) => [requestKey(found.namespace, found.requestId), found]),
    );
    for (const prepared of refused) {
      const found = earlier.get(requestKey(prepared.run.namespace, prepared.run.requestId));
      this.#judge(prepared, found);
    }
  }

  #judge({ run, place, settle }: Prepared, found: EarlierRun | undefined): void {
    if (found !== undefined && keyOf(found.run.runId) === keyOf(run.runId)) {
      this.#recognised({ run, place, settle }, found.run);
      return;
    }
    place?.free();
    if (found === undefined) {
      settle({ kind: "unknown_definition" });
    } else {
      const same = found.digest === Buffer.from(run.requestDigest).readBigInt64BE();
      settle({ kind: same ? "repeated" : "conflict", run: found.run });
    }
  }

  /** The run is ours: it was created, and the reply was lost. What became of it since then, its row says. */
  #recognised({ run, place, settle }: Prepared, stored: Run): void {
    const { status, sessionId, epoch, lastSeq, createdAt } = stored;
    const isHeld = status === STATUS.running && sessionId === place?.sessionId;
    if (place !== undefined && isHeld && epoch === 1 && lastSeq === 1) {
      place.assign(assignmentOf(run, createdAt.getTime() * 1000));
    } else {
      place?.free();
      this.#options.places.ready();
    }
    settle({ kind: "created", run: stored });
  }

  async #bisect(batch: readonly Prepared[], cause: unknown): Promise<void> {
    const [first] = batch;
    if (batch.length > 1) {
      const middle = batch.length >> 1;
      await this.#create(batch.slice(0, middle));
      await this.#create(batch.slice(middle));
    } else if (first !== undefined) {
      this.#options.poisoned(first.run, cause);
      first.place?.free();
      first.settle({ kind: "invalid", message: "the run cannot be stored as it is" });
    }
  }

  #unavailable(batch: readonly Prepared[]): void {
    for (const { place, settle } of batch) {
      place?.free();
      settle({ kind: "unavailable", message: "the store cannot be reached; try again" });
    }
  }

  /** Asks again while the store cannot be reached: what had been committed is recognised by its request. */
  async #patiently(batch: readonly Prepared[]) {
    const { store, signal, patienceMs, unavailable } = this.#options;
    const runs = batch.map(({ run }) => run);
    for (let waitedMs = 0; ; waitedMs += RETRY_MS) {
      const result = await store.create(runs);
      if (result.kind === "again") continue;
      if (result.kind !== "unavailable") return result;
      unavailable(result.cause);
      if (waitedMs >= patienceMs || signal.aborted) return result;
      await pause(RETRY_MS, signal);
    }
  }
}

type Settle = (outcome: CreationOutcome) => void;
type Waiting = {
  readonly creation: Creation;
  readonly payloadHash: Uint8Array | undefined;
  readonly settle: Settle;
};
type Prepared = {
  readonly run: NewRun;
  readonly place: DirectPlace | undefined;
  readonly settle: Settle;
};

function byRequest({ run: one }: Prepared, { run: other }: Prepared): number {
  if (one.namespace !== other.namespace) return one.namespace < other.namespace ? -1 : 1;
  return one.requestId < other.requestId ? -1 : Number(one.requestId > other.requestId);
}

function requestKey(namespace: string, requestId: string): string {
  return `${namespace}\0${requestId}`;
}

function createdRun(run: NewRun, { atUs, assigned }: { atUs: number; assigned: boolean }): Run {
  return {
    runId: run.runId,
    namespace: run.namespace,
    pipeline: run.pipeline,
    pipelineVersion: run.pipelineVersion,
    documentHash: run.documentHash,
    planVersion: run.planVersion,
    status: assigned ? STATUS.running : STATUS.ready,
    epoch: assigned ? 1 : 0,
    lastSeq: 1,
    inboxSeq: 0,
    takeovers: 0,
    sessionId: assigned ? run.sessionId : 0,
    wakeAt: undefined,
    createdAt: new Date(atUs / 1000),
    endedAt: undefined,
    labels: run.labels,
    priority: run.priority,
    requires: run.requires,
    cancelRequested: false,
  };
}

function assignmentOf(run: NewRun, atUs: number): Assignment {
  return {
    runId: run.runId,
    epoch: 1,
    lastSeq: 1,
    inboxSeq: 0,
    namespace: run.namespace,
    documentHash: run.documentHash,
    planVersion: run.planVersion,
    createdPayload: run.createdPayload,
    createdAtUs: atUs,
    traceparent: run.traceparent,
    nowUs: atUs,
  };
}
