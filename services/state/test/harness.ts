import { createHash, randomUUID } from "node:crypto";

import { type Client, createClient } from "@connectrpc/connect";
import type { Database } from "@orchestrator/postgres";
import type { TestDriver } from "@orchestrator/postgres/testing";
import {
  ExecutorLinkService,
  type LinkResponse,
  type Refusal,
  type RunCreated,
  type RunRecord,
  RunState,
  StateService,
  type Watched,
} from "@orchestrator/proto/state/v1/state_pb";
import { createOutbox } from "@orchestrator/rpc-node";
import { readSettings } from "@orchestrator/service";

import {
  type Config,
  configFromSettings,
  MIGRATIONS,
  type Overrides,
  startState,
} from "../src/start.ts";

/** A state service over a database of its own, and clients that call it. */
export type Harness = AsyncDisposable & {
  readonly db: Database;
  readonly state: Client<typeof StateService>;
  readonly links: Client<typeof ExecutorLinkService>;
  /** Starts another replica on the same database. */
  replica(config?: Partial<Config>): Promise<Replica>;
};

export type Replica = AsyncDisposable & Pick<Harness, "state" | "links">;

export const NAMESPACE = "tests";
export const DOCUMENT = createHash("sha256").update("document").digest();
const FAST = {
  sweepMs: 50,
  bindMs: 300,
  leaseMs: 1_000,
  graceMs: 100,
  patienceMs: 200,
  drainMs: 50,
};

/** Opens a harness; times are short unless the test says otherwise. */
export async function openHarness(
  driver: TestDriver,
  config: Partial<Config> = {},
): Promise<Harness> {
  const database = await driver.open([MIGRATIONS]);
  const replicas: Replica[] = [];
  const replica = async (more: Partial<Config> = {}): Promise<Replica> => {
    const started = await startReplica(database.db, { ...FAST, ...config, ...more });
    replicas.unshift(started);
    return started;
  };
  const first = await replica();
  await putDefinition(first.state);
  return {
    db: database.db,
    state: first.state,
    links: first.links,
    replica,
    async [Symbol.asyncDispose]() {
      for (const each of replicas) await each[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** Starts a state service over a database, and clients that call it. */
export async function startReplica(
  database: Database,
  config: Partial<Config> = FAST,
  overrides: Pick<Overrides, "wakeups"> = {},
): Promise<Replica> {
  const settings = readSettings({ env: { ORCHESTRATOR_LOG_LEVEL: "fatal" } });
  const server = await startState(
    { ...configFromSettings(settings), ...config },
    { ...overrides, database, listen: "nothing" },
  );
  let closed = false;
  return {
    state: createClient(StateService, server.transport),
    links: createClient(ExecutorLinkService, server.transport),
    async [Symbol.asyncDispose]() {
      if (!closed) {
        closed = true;
        await server[Symbol.asyncDispose]();
      }
    },
  };
}

/** Stores the document that test runs are bound to. */
export async function putDefinition(state: Client<typeof StateService>): Promise<void> {
  await state.putDefinition({
    namespace: NAMESPACE,
    documentHash: DOCUMENT,
    source: "id: tests",
    bundle: [{ path: "a.txt", content: Buffer.from("a") }],
    planVersion: 1,
    plan: Buffer.from("{}"),
  });
}

export type CreationInit = {
  readonly requestId?: string;
  readonly requestDigest?: bigint;
  readonly requires?: string[];
  readonly documentHash?: Uint8Array;
  readonly priority?: number;
  readonly labels?: Record<string, string>;
  readonly createdPayload?: Uint8Array;
  readonly namespace?: string;
};

/** Creates runs over a stream of their own, and answers with the outcomes in the order of the creations. */
export async function createRuns(
  { state }: Pick<Harness, "state">,
  creations: readonly CreationInit[],
): Promise<RunCreated[]> {
  const frames = createOutbox<{ creations: object[] }>();
  frames.push({
    creations: creations.map((creation, index) => ({
      ticket: index + 1,
      namespace: NAMESPACE,
      requestId: randomUUID(),
      requestDigest: 7n,
      documentHash: DOCUMENT,
      planVersion: 1,
      pipeline: "tests",
      createdPayload: Buffer.from("created"),
      requires: ["tests"],
      ...creation,
    })),
  });
  const outcomes: RunCreated[] = [];
  for await (const { created } of state.createRuns(frames)) {
    outcomes.push(...created);
    if (outcomes.length === creations.length) frames.end();
  }
  return outcomes.toSorted((one, other) => one.ticket - other.ticket);
}

/** Creates one run, which must be a new one. */
export async function createRun(
  harness: Pick<Harness, "state">,
  creation: CreationInit = {},
): Promise<RunRecord> {
  const [created] = await createRuns(harness, [creation]);
  if (created?.run === undefined) {
    throw new Error(`the run was not created: ${created?.outcome} ${created?.message}`);
  }
  return created.run;
}

/** An append as a test writes it: one row of the columns. */
export type TestAppend = {
  readonly handle: number;
  readonly fromSeq: number;
  readonly state?: RunState;
  readonly inboxSeq?: number;
  readonly wakeAfterMs?: number;
  readonly events?: readonly TestEvent[];
};

export type TestEvent = {
  readonly kind?: number;
  readonly step?: string;
  readonly digest?: bigint;
  readonly payload?: Uint8Array;
  readonly form?: number;
};

/** Lays appends out as columns. */
export function columnsOf(appends: readonly TestAppend[]) {
  const rows = appends.map((append) => ({ events: [{}] as readonly TestEvent[], ...append }));
  const events = rows.flatMap((row) =>
    row.events.map((event, index) => ({ row, seq: row.fromSeq + index + 1, event })),
  );
  const payloads = events.map(({ event }) => event.payload ?? Buffer.from("event"));
  return {
    handle: rows.map(({ handle }) => handle),
    fromSeq: rows.map(({ fromSeq }) => fromSeq),
    state: rows.map(({ state }) => state ?? RunState.RUNNING),
    inboxSeq: rows.map(({ inboxSeq }) => inboxSeq ?? 0),
    wakeAfterMs: rows.map(({ wakeAfterMs }) => BigInt(wakeAfterMs ?? 0)),
    eventCount: rows.map((row) => row.events.length),
    kind: events.map(({ event }) => event.kind ?? 4),
    version: events.map(() => 1),
    step: events.map(({ event }) => event.step ?? ""),
    attempt: events.map(() => 1),
    digests: Buffer.concat(events.map(({ event, seq }) => digestOf(event.digest ?? BigInt(seq)))),
    payloadLength: payloads.map(({ length }) => length),
    payloadForm: events.map(({ event }) => event.form ?? 0),
    payloads: Buffer.concat(payloads),
  };
}

function digestOf(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}

/** What a link has heard so far, and what it can still say. */
export type TestLink = AsyncDisposable & {
  readonly sessionId: bigint;
  readonly heard: LinkResponse[];
  /** Up to where each handle was acknowledged. */
  readonly committed: ReadonlyMap<number, number>;
  readonly refusals: readonly Refusal[];
  work(work: object): void;
  bind(handle: number, run: { runId: Uint8Array; epoch: number; lastSeq: number }): void;
  append(...appends: readonly TestAppend[]): void;
  /** Waits until something was heard that fits, and gives it. */
  until<T>(look: (heard: readonly LinkResponse[]) => T | undefined): Promise<T>;
};

/** Opens a session and a link for it. */
export async function openLink(
  { links }: Pick<Harness, "links">,
  options: {
    readonly credit?: number;
    readonly takesAny?: boolean;
    readonly offers?: string[];
    readonly sessionId?: bigint;
  } = {},
): Promise<TestLink> {
  const { credit = 0, takesAny = true, offers = ["tests"] } = options;
  const sessionId =
    options.sessionId ??
    (await links.openSession({ executor: "test", offers, capacity: 100 })).sessionId;
  const frames = createOutbox<object>();
  frames.push({ frame: { case: "hello", value: { sessionId, takesAny, credit } } });
  const heard: LinkResponse[] = [];
  const leave = new AbortController();
  const committed = new Map<number, number>();
  const refusals: Refusal[] = [];
  let waiting: (() => void)[] = [];
  const wake = (): void => {
    const woken = waiting;
    waiting = [];
    for (const resolve of woken) resolve();
  };
  let failure: unknown;
  const reading = (async () => {
    try {
      for await (const response of links.link(frames, { signal: leave.signal })) {
        heard.push(response);
        refusals.push(...response.refusals);
        response.acks?.handle.forEach((handle, i) => {
          committed.set(handle, response.acks?.seq[i] ?? 0);
        });
        wake();
      }
    } catch (error) {
      failure = error;
    }
    wake();
  })();
  const work = (value: object): void => frames.push({ frame: { case: "work", value } });
  return {
    sessionId,
    heard,
    committed,
    refusals,
    work,
    bind: (handle, run) => work({ binds: [{ handle, ...run }] }),
    append: (...appends) => work({ appends: columnsOf(appends) }),
    async until(look) {
      for (;;) {
        const found = look(heard);
        if (found !== undefined) return found;
        if (failure !== undefined) throw failure;
        await new Promise<void>((resolve) => {
          waiting.push(resolve);
        });
      }
    },
    async [Symbol.asyncDispose]() {
      frames.end();
      await reading;
    },
  };
}

/** The assignment that a link heard at this place. */
export async function assigned(link: TestLink, index = 0) {
  return link.until((heard) => heard.flatMap(({ assigns }) => assigns)[index]);
}

/** Waits until a handle is acknowledged up to a sequence number. */
export async function acked(link: TestLink, handle: number, seq: number): Promise<void> {
  await link.until(() => (link.committed.get(handle) === seq ? true : undefined));
}

/** The refusal that a link heard at this place. */
export async function refused(link: TestLink, index = 0) {
  return link.until(() => link.refusals[index]);
}

/** Watches runs until all of them have ended or are unknown. */
export async function watchToEnd(
  { state }: Pick<Harness, "state">,
  runs: readonly {
    readonly runId: Uint8Array;
    readonly afterSeq?: number;
    readonly namespace?: string;
  }[],
): Promise<Watched[]> {
  const frames = createOutbox<object>();
  frames.push({
    watches: runs.map(({ runId, afterSeq = 0, namespace = NAMESPACE }, index) => ({
      watchId: index + 1,
      namespace,
      runId,
      afterSeq,
    })),
  });
  const all: Watched[] = [];
  let open = runs.length;
  for await (const { watched } of state.watchRuns(frames)) {
    all.push(...watched);
    open -= watched.filter(({ ended, unknownRun }) => ended || unknownRun).length;
    if (open === 0) frames.end();
  }
  return all;
}

/** Waits until a look finds something. */
export async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
}
