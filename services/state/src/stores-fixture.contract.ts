import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";

import type { Database, Statement } from "@orchestrator/postgres";

import type { Append, AppendEvent, Entry } from "./append.ts";
import type { Assignment } from "./assignment.ts";
import type { NewRun } from "./creation.ts";
import { PostgresAppendStore } from "./postgres-append-store.ts";
import { PostgresAssignmentStore } from "./postgres-assignment-store.ts";
import { PostgresBlobStore } from "./postgres-blob-store.ts";
import { PostgresCreationStore } from "./postgres-creation-store.ts";
import { PostgresDefinitionStore } from "./postgres-definition-store.ts";
import { PostgresInboxStore } from "./postgres-inbox-store.ts";
import { PostgresRetentionStore } from "./postgres-retention-store.ts";
import { PostgresRunReader } from "./postgres-run-reader.ts";
import { PostgresSessionStore } from "./postgres-session-store.ts";
import { PostgresSweepStore } from "./postgres-sweep-store.ts";
import { createRunIdSource } from "./run-id-source.ts";
import { keyOf, type Run, type Status, STATUS } from "./run.ts";
import { LANE_SETTINGS } from "./sql/lane-settings.ts";

export const NAMESPACE = "contract";
export const HASH = Buffer.alloc(32, 7);
export const LONG_MS = 60_000;
export const page = { afterSeq: 0, limit: 100, maxBytes: 1 << 20 };
export const everything = {
  limit: 100,
  beforeRunId: undefined,
  pipeline: "",
  statuses: [],
  labels: {},
};
const TABLES = `state.run, state.run_event, state.inbox, state.wait, state.idempotency, state.session, state.session_beat,
  state.run_snapshot, state.blob, state.blob_part, state.blob_upload`;
const newRunId = createRunIdSource({ nowMs: () => Date.now(), randomBytes, cell: 3 });

/** The stores over a database, and what their tests do again and again. */
export class StoresFixture {
  readonly #open: () => Promise<{ readonly db: Database } & AsyncDisposable>;
  #opened:
    | (Stores & { readonly database: { readonly db: Database } & AsyncDisposable })
    | undefined;

  constructor(open: () => Promise<{ readonly db: Database } & AsyncDisposable>) {
    this.#open = open;
  }

  async open(): Promise<void> {
    const database = await this.#open();
    this.#opened = { ...openStores(database.db), database };
    await this.#stores.definitions.put({
      namespace: NAMESPACE,
      documentHash: HASH,
      source: "",
      bundle: [],
      planVersion: 1,
      plan: Buffer.from("{}"),
    });
  }

  async close(): Promise<void> {
    await this.#stores.close();
    await this.#stores.database[Symbol.asyncDispose]();
  }

  clear(): Promise<void> {
    return this.#stores.database.db.script(`truncate ${TABLES}`);
  }

  get appends(): Stores["appends"] {
    return this.#stores.appends;
  }

  get creations(): Stores["creations"] {
    return this.#stores.creations;
  }

  get assignments(): Stores["assignments"] {
    return this.#stores.assignments;
  }

  get sessions(): Stores["sessions"] {
    return this.#stores.sessions;
  }

  get sweeps(): Stores["sweeps"] {
    return this.#stores.sweeps;
  }

  get inbox(): Stores["inbox"] {
    return this.#stores.inbox;
  }

  get runs(): Stores["runs"] {
    return this.#stores.runs;
  }

  get retention(): Stores["retention"] {
    return this.#stores.retention;
  }

  get blobs(): Stores["blobs"] {
    return this.#stores.blobs;
  }

  /** The run's row. */
  async statusOf(run: { runId: Uint8Array }): Promise<Run> {
    const found = await this.runs.run(run.runId, "");
    assert.ok(found);
    return found;
  }

  openSession(offers: readonly string[] = []): Promise<number> {
    return this.sessions.open({ executor: "contract", offers, capacity: 10 }, LONG_MS);
  }

  /** A new run that a session holds. */
  async held(sessionId?: number): Promise<{ sessionId: number; run: Assignment }> {
    const session = sessionId ?? (await this.openSession());
    await this.create();
    const [run] = await this.assignments.claim(session, 1);
    assert.ok(run);
    return { sessionId: session, run };
  }

  /** Makes a table's time pass; the condition may be any. */
  async age(table: "run" | "idempotency" | "blob", days: number, where = "true"): Promise<void> {
    const past = (column: string): string => `${column} = ${column} - interval '${days} days'`;
    const columns = {
      run: ["created_at", "ended_at"],
      idempotency: ["created_at"],
      blob: ["touched_at"],
    };
    await this.#stores.database.db.script(
      `update state.${table} set ${columns[table].map(past).join(", ")} where ${where}`,
    );
  }

  /** How many rows a table has. */
  async count(table: string): Promise<number> {
    const count: Statement<number> = {
      name: `count_${table}`,
      text: `select count(*) from state.${table}`,
      row: ([rows]) => Number(rows),
    };
    return (await this.#stores.database.db.query(count))[0] ?? 0;
  }

  async expire(sessionId: number): Promise<void> {
    await this.#stores.database.db.script(
      `update state.session_beat set expires_at = now() - interval '1 second' where session_id = ${sessionId}`,
    );
  }

  /** Declares a session dead. */
  async kill(sessionId: number): Promise<void> {
    await this.expire(sessionId);
    assert.equal(await this.sweeps.declareDead(sessionId), true);
  }

  async create(inits: readonly Partial<NewRun>[] = [{}]): Promise<readonly NewRun[]> {
    const runs = inits.map(newRun);
    const created = await this.creations.create(runs);
    assert.ok(created.kind === "done" && created.notCreated.length === 0);
    return runs;
  }

  /** Commits appends in one batch and says what became of each. */
  async verdictsOf(appends: readonly Append[]): Promise<readonly string[]> {
    const entries = appends
      .map((each): Entry => ({ ...each, appends: [each] }))
      .toSorted((one, other) => Buffer.compare(one.runId, other.runId));
    const result = await this.appends.append(entries);
    assert.ok(result.kind === "done", `the batch failed: ${JSON.stringify(result)}`);
    const refused = entries.filter(({ runId }) =>
      result.refused.some((each) => keyOf(each) === keyOf(runId)),
    );
    const looks = refused.length === 0 ? undefined : await this.appends.look(refused);
    const verdicts = new Map(
      looks?.kind === "done" ? looks.looks.map((look) => [keyOf(look.runId), look.verdict]) : [],
    );
    return appends.map(({ runId }) => verdicts.get(keyOf(runId)) ?? "committed");
  }

  get #stores() {
    assert.ok(this.#opened, "the stores are open while their tests run");
    return this.#opened;
  }
}

type Stores = ReturnType<typeof openStores>;

function openStores(db: Database) {
  const lane = db.openLane({ settings: LANE_SETTINGS });
  const blobs = new PostgresBlobStore(db);
  return {
    appends: new PostgresAppendStore(lane),
    creations: new PostgresCreationStore(lane),
    assignments: new PostgresAssignmentStore(db, blobs),
    sessions: new PostgresSessionStore(db),
    sweeps: new PostgresSweepStore(db),
    inbox: new PostgresInboxStore(db),
    runs: new PostgresRunReader(db),
    definitions: new PostgresDefinitionStore(db),
    retention: new PostgresRetentionStore(db),
    blobs,
    close: () => lane[Symbol.asyncDispose](),
  };
}

/** Longer than the database's clock takes to move on. */
export async function aMoment(): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, 5);
  });
}

/** A run to create. */
export function newRun(init: Partial<NewRun> = {}): NewRun {
  return {
    namespace: NAMESPACE,
    requestId: randomBytes(8).toString("hex"),
    requestDigest: randomBytes(8),
    documentHash: HASH,
    planVersion: 1,
    pipeline: "p1",
    pipelineVersion: 0,
    createdPayload: Buffer.from("created"),
    labels: {},
    priority: 0,
    requires: [],
    traceparent: "",
    runId: newRunId(),
    sessionId: 0,
    payloadHash: undefined,
    ...init,
  };
}

/** The id of a run that was created so many days ago. */
export function idOfAge(days: number): Uint8Array {
  return createRunIdSource({ nowMs: () => Date.now() - days * 86_400_000, randomBytes, cell: 3 })();
}

/** A message to a run. */
export function message({ runId }: { runId: Uint8Array }, dedupeKey: string) {
  return { namespace: NAMESPACE, runId, kind: 1, dedupeKey, payload: Buffer.from("{}") };
}

type AppendInit = {
  readonly sessionId: number;
  readonly fromSeq?: number;
  readonly events?: number;
  readonly kinds?: readonly number[];
  readonly digest?: bigint;
  readonly status?: Status;
  readonly inboxSeq?: number;
  readonly wakeAfterMs?: number;
  readonly payloadBytes?: number;
};

/** An append to a held run. */
export function append(run: Pick<Assignment, "runId" | "epoch">, init: AppendInit): Append {
  const { fromSeq = 1, payloadBytes = 5 } = init;
  const kinds = init.kinds ?? Array.from({ length: init.events ?? 1 }, () => 4);
  const events = kinds.map((kind, index): AppendEvent => {
    const digest = Buffer.alloc(8);
    digest.writeBigInt64BE((init.digest ?? 100n) + BigInt(index));
    const payload = Buffer.alloc(payloadBytes, "x");
    return { kind, version: 1, step: `s${index}`, attempt: 1, digest, form: 0, payload };
  });
  return {
    runId: run.runId,
    epoch: run.epoch,
    sessionId: init.sessionId,
    fromSeq,
    toSeq: fromSeq + events.length,
    status: init.status ?? STATUS.running,
    inboxSeq: init.inboxSeq ?? 0,
    wakeAfterMs: init.wakeAfterMs ?? 0,
    events,
    bytes: payloadBytes * events.length,
  };
}

/** What a holding adds to the hash over all of them. */
export function holdingHash({ runId, epoch }: Assignment): bigint {
  const bytes = Buffer.alloc(20);
  bytes.set(runId);
  bytes.writeUInt32BE(epoch, 16);
  return createHash("sha256").update(bytes).digest().readBigUInt64BE();
}
