import { createHash, randomUUID } from "node:crypto";

import { type Client, createClient } from "@connectrpc/connect";
import type { Database } from "@orchestrator/postgres";
import type { TestDriver } from "@orchestrator/postgres/testing";
import {
  ExecutorLinkService,
  type RunCreated,
  type RunRecord,
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
/** Soon where a test waits for it, late where a busy machine must not be taken for a dead one. */
const FAST = {
  sweepMs: 50,
  bindMs: 1_500,
  leaseMs: 20_000,
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
  readonly planVersion?: number;
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
