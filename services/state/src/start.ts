import { randomBytes, randomUUID } from "node:crypto";

import type { Transport } from "@connectrpc/connect";
import {
  type Database,
  isUnavailable,
  migrate,
  openPglite,
  openPostgres,
} from "@orchestrator/postgres";
import { openWakeups, type Wakeups } from "@orchestrator/redis";
import {
  createTasks,
  type Listen,
  openService,
  openTelemetry,
  type Task,
  type Tasks,
  type Telemetry,
} from "@orchestrator/service";

import type { Config } from "./config.ts";
import type { Deps } from "./deps.ts";
import { createEvents, type StateEvents } from "./events.ts";
import type { HintBus } from "./hints.ts";
import { MIGRATIONS } from "./migrations.ts";
import { pause } from "./pause.ts";
import { PostgresAppendStore } from "./postgres-append-store.ts";
import { PostgresAssignmentStore } from "./postgres-assignment-store.ts";
import { PostgresBlobStore } from "./postgres-blob-store.ts";
import { PostgresCreationStore } from "./postgres-creation-store.ts";
import { PostgresDefinitionStore } from "./postgres-definition-store.ts";
import { PostgresForCallers, PostgresGate } from "./postgres-gate.ts";
import { PostgresHintBus } from "./postgres-hint-bus.ts";
import { PostgresInboxStore } from "./postgres-inbox-store.ts";
import { PostgresPipelineStore } from "./postgres-pipeline-store.ts";
import { PostgresRetentionStore } from "./postgres-retention-store.ts";
import { PostgresRunReader } from "./postgres-run-reader.ts";
import { PostgresSecretStore } from "./postgres-secret-store.ts";
import { PostgresSessionStore } from "./postgres-session-store.ts";
import { PostgresSweepStore } from "./postgres-sweep-store.ts";
import { PostgresWaitReader } from "./postgres-wait-reader.ts";
import { RedisHintBus } from "./redis-hint-bus.ts";
import { Replica } from "./replica.ts";
import { applyRetention } from "./retention.ts";
import { routes, UNCHECKED } from "./routes.ts";
import { SecretBox } from "./secret-box.ts";
import { LANE_SETTINGS } from "./sql/lane-settings.ts";

export { type Config, configFromSettings } from "./config.ts";
export { MIGRATIONS } from "./migrations.ts";

/** What a test or the mesh may put in the place of the real thing; what is handed over is not closed here. */
export type Overrides = {
  readonly database?: Database;
  readonly wakeups?: Wakeups;
  readonly telemetry?: Telemetry;
  readonly listen?: Listen;
};

/** A state service that runs. */
export type StateServer = AsyncDisposable & {
  readonly ports: { readonly grpc?: number; readonly ops?: number };
  /** Calls it within this process. */
  readonly transport: Transport;
};

type Own = <T extends AsyncDisposable>(resource: T) => T;

/**
 * Starts the state service. A database that is down is waited for: until then the service says NOT_SERVING. Disposing
 * says so too, tells executors to go elsewhere, ends the streams, and closes what was opened here.
 */
export async function startState(config: Config, overrides: Overrides = {}): Promise<StateServer> {
  const opened: AsyncDisposable[] = [];
  const own: Own = (resource) => {
    opened.unshift(resource);
    return resource;
  };
  const close = async (): Promise<void> => {
    for (const resource of opened.splice(0)) await resource[Symbol.asyncDispose]();
  };
  try {
    const { settings } = config;
    const telemetry =
      overrides.telemetry ?? own(await openTelemetry(settings, { service: "orchestrator-state" }));
    const database = overrides.database ?? own(await openDatabase(config));
    const wakeups = overrides.wakeups ?? (await openHints(config, own));
    const parts = openParts(config, { telemetry, database, wakeups, own });
    await parts.openStore();
    const service = own(
      await openService({
        name: "state",
        settings,
        telemetry,
        surface: { routes: routes(parts.deps), unchecked: UNCHECKED },
        components: [{ name: "database", required: true, check: parts.checkDatabase }],
        listen: overrides.listen ?? "configured",
      }),
    );
    own({
      async [Symbol.asyncDispose]() {
        service.drain();
        await parts.replica.drain();
      },
    });
    return { ports: service.ports, transport: service.transport, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

type Given = {
  readonly telemetry: Telemetry;
  readonly database: Database;
  readonly wakeups: Wakeups | undefined;
  readonly own: Own;
};

const PING = { name: "state_ping", text: "select 1", row: () => 1 } as const;
const REOPEN_MS = 500;
const RETENTION_EVERY_MS = 3_600_000;

/** Makes the parts, each closed before what it stands on. */
function openParts(config: Config, { telemetry, database, wakeups, own }: Given) {
  const events = createEvents(telemetry, { monotonicMs });
  const gate = new PostgresGate(database);
  const lanes = {
    appends: own(gate.openLane({ settings: LANE_SETTINGS })),
    creations: own(gate.openLane({ settings: LANE_SETTINGS })),
  };
  const bus = busOf(gate, wakeups);
  if (bus !== undefined) own(bus);
  const tasks = own(createTasks(telemetry.log));
  const tolerant = toleratingOutages(events);
  const background: Background = (name, work) => tasks.run(name, tolerant(work));
  const callers = openStores(new PostgresForCallers(gate));
  const replica = new Replica({
    times: config,
    stores: {
      ...openStores(gate),
      sessions: callers.sessions,
      appends: new PostgresAppendStore(lanes.appends),
      creations: new PostgresCreationStore(lanes.creations),
      sweeps: new PostgresSweepStore(gate),
    },
    bus,
    replica: randomUUID(),
    cell: config.cell,
    soleOwner: gate.driver === "pglite",
    events,
    background,
    monotonicMs,
    assumedMs: Date.now(),
    randomBytes,
  });
  const deps: Deps = {
    ...callers,
    ...replicaDeps(replica),
    events,
    background,
    ...configured(config),
  };
  const serve = (): void => {
    replica.serve();
    const past = {
      store: new PostgresRetentionStore(gate),
      days: config.retentionDays,
      removed: (what: Parameters<StateEvents["retentionApplied"]>[0]) =>
        events.retentionApplied(what),
    };
    const work = tolerant((signal) => applyRetention(past, signal));
    tasks.repeat("retention", { everyMs: RETENTION_EVERY_MS, work });
  };
  return {
    deps,
    replica,
    openStore: () => openStore({ database, gate, tasks, events, serve }),
    checkDatabase: async (): Promise<void> => {
      await gate.query(PING);
    },
  };
}

/** What handlers are told. Where no key is set nothing encrypts secrets, and then none are stored. */
function configured({ settings, leaseMs, maxBlobBytes }: Config) {
  const { secretKey } = settings.security;
  const secretBox = secretKey === undefined ? undefined : new SecretBox(secretKey.reveal());
  return { secretBox, leaseMs, maxBlobBytes };
}

function replicaDeps(replica: Replica) {
  return {
    creations: replica.creations,
    lane: replica.lane,
    links: replica.links,
    heartbeats: replica.heartbeats,
    watches: replica.watches,
    messageStored: (runId: Uint8Array) => replica.messageStored(runId),
    runsReady: () => replica.dispatcher.ready(),
    stop: replica.stop,
  };
}

function openStores(db: Database) {
  const runs = new PostgresRunReader(db);
  const blobs = new PostgresBlobStore(db);
  return {
    runs,
    snapshots: runs,
    blobs,
    definitions: new PostgresDefinitionStore(db),
    pipelines: new PostgresPipelineStore(db),
    secrets: new PostgresSecretStore(db),
    inbox: new PostgresInboxStore(db),
    waits: new PostgresWaitReader(db),
    sessions: new PostgresSessionStore(db),
    assignments: new PostgresAssignmentStore(db, blobs),
  };
}

/** Brings the schema up to date and begins to serve; a database that is down is tried again in the background. */
async function openStore({
  database,
  gate,
  tasks,
  events,
  serve,
}: {
  database: Database;
  gate: PostgresGate;
  tasks: Tasks;
  events: StateEvents;
  serve: () => void;
}): Promise<void> {
  const open = async (): Promise<boolean> => {
    try {
      await migrate(database, MIGRATIONS);
    } catch (error) {
      if (!isUnavailable(error instanceof Error ? (error.cause ?? error) : error)) throw error;
      events.storeUnavailable(error);
      return false;
    }
    gate.open();
    serve();
    return true;
  };
  if (await open()) return;
  tasks.run("open_store", async (signal) => {
    while (!signal.aborted && !(await open())) await pause(REOPEN_MS, signal);
  });
}

/** Work that nobody awaits. */
type Background = (name: string, work: Task) => void;

/** That the database is down is no news for each work that nobody awaits. */
function toleratingOutages(events: StateEvents): (work: Task) => Task {
  return (work) => async (signal) => {
    try {
      await work(signal);
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      events.storeUnavailable(error);
    }
  };
}

/** One process on an embedded store has nobody to tell. */
function busOf(db: Database, wakeups: Wakeups | undefined): HintBus | undefined {
  if (db.driver === "pglite") return undefined;
  return wakeups === undefined ? new PostgresHintBus(db) : new RedisHintBus(wakeups);
}

async function openHints({ settings }: Config, own: Own): Promise<Wakeups | undefined> {
  const { redis } = settings;
  return redis === undefined ? undefined : own(await openWakeups({ url: redis.url.reveal() }));
}

/** The embedded store belongs to the process that holds all services; one alone needs a server. */
async function openDatabase({ settings }: Config): Promise<Database> {
  const { database, storage } = settings;
  if (database !== undefined) {
    const { poolSize, maxOverflow } = database;
    return openPostgres({ url: database.url.reveal(), poolSize, maxOverflow });
  }
  if (storage.backend === "memory") return openPglite();
  throw new Error(
    "a state service in a process of its own needs a PostgreSQL server: set database.url, or POSTGRES_URL",
  );
}

function monotonicMs(): number {
  return performance.now();
}
