import { setTimeout as delay } from "node:timers/promises";

import type { Transport } from "@connectrpc/connect";
import {
  type Database,
  isUnavailable,
  migrate,
  openPglite,
  openPostgres,
} from "@orchestrator/postgres";
import { RegistryService } from "@orchestrator/proto/registry/v1/registry_pb";
import { pause } from "@orchestrator/rpc-node";
import {
  createTasks,
  type Listen,
  openService,
  openTelemetry,
  type Tasks,
  type Telemetry,
} from "@orchestrator/service";

import { createChoose } from "./choose.ts";
import type { Config } from "./config.ts";
import { createEvents } from "./events.ts";
import { Flights } from "./flights.ts";
import { MIGRATIONS } from "./migrations.ts";
import { ModelDirectory } from "./model-directory.ts";
import type { CallObserver } from "./observer.ts";
import { performCall } from "./perform-call.ts";
import { PostgresLedger } from "./postgres-ledger.ts";
import { PostgresSession } from "./postgres-session.ts";
import { createProviderGates } from "./provider-gates.ts";
import type { Provider } from "./provider.ts";
import { OpenAiProvider } from "./providers/openai/openai-provider.ts";
import { routes } from "./routes.ts";

export { type Config, configFromSettings, type ProviderConfig } from "./config.ts";
export { MIGRATIONS } from "./migrations.ts";
export type { Model } from "./model.ts";

/** What a test or the mesh may put in the place of the real thing; what is handed over is not closed here. */
export type Overrides = {
  readonly database?: Database;
  readonly telemetry?: Telemetry;
  readonly listen?: Listen;
  readonly random?: () => number;
};

/** A registry that runs. */
export type RegistryServer = AsyncDisposable & {
  readonly ports: { readonly grpc?: number; readonly ops?: number };
  /** Calls it within this process. */
  readonly transport: Transport;
};

/**
 * Starts the registry service. Disposing says NOT_SERVING, ends the streams, lets the calls under way be recorded, then
 * closes what was opened here.
 */
export async function startRegistry(
  config: Config,
  overrides: Overrides = {},
): Promise<RegistryServer> {
  const opened: AsyncDisposable[] = [];
  const own = <T extends AsyncDisposable>(resource: T): T => {
    opened.unshift(resource);
    return resource;
  };
  const close = async (): Promise<void> => {
    for (const resource of opened.splice(0)) await resource[Symbol.asyncDispose]();
  };
  try {
    const telemetry =
      overrides.telemetry ??
      own(await openTelemetry(config.settings, { service: "orchestrator-registry" }));
    const database = overrides.database ?? own(await openDatabase(config));
    const parts = await openParts(config, { ...overrides, telemetry, database, own });
    const service = own(
      await openService({
        name: "registry",
        settings: config.settings,
        telemetry,
        surface: { routes: routes(parts), unchecked: [RegistryService.method.generate] },
        components: [{ name: "database", required: true, check: parts.checkDatabase }],
        listen: overrides.listen ?? "configured",
      }),
    );
    return { ports: service.ports, transport: service.transport, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

type Given = Overrides & {
  readonly telemetry: Telemetry;
  readonly database: Database;
  readonly own: <T extends AsyncDisposable>(resource: T) => T;
};

/** Makes the parts, each closed before what it stands on. */
async function openParts(config: Config, { telemetry, database, own, ...given }: Given) {
  const session = own(new PostgresSession(database, { leaseMs: config.leaseMs }));
  const providers = config.providers.map((each) => own(new OpenAiProvider(each)));
  const directory = openDirectory(config, providers);
  const observer = createEvents(telemetry);
  const choose = createChoose(directory);
  const gates = createProviderGates(
    config.providers.flatMap(({ name, requestsPerMinute }) => {
      const provider = providers.find((each) => each.name === name);
      return provider === undefined ? [] : [{ provider, requestsPerMinute }];
    }),
    { nowMs: monotonicMs, sleep },
  );
  const deps = {
    ledger: new PostgresLedger(database, session),
    providers: gates,
    choose,
    observer,
    maxAttempts: config.maxAttempts,
    nowMs: monotonicMs,
    random: given.random ?? Math.random,
    sleep,
  };
  const tasks = own(createTasks(telemetry.log));
  const keepLedger = (): void => {
    tasks.repeat("beat", { everyMs: config.leaseMs / 4, work: () => session.beat() });
    tasks.repeat("prune", {
      everyMs: PRUNE_MS,
      work: (signal) => session.prune(config.retentionDays, signal),
    });
  };
  await openLedger({ database, session, tasks, observer, opened: keepLedger });
  tasks.repeat("refresh", {
    everyMs: config.refreshMs,
    work: () => directory.refresh({ maxAgeMs: config.refreshMs / 2 }),
  });
  const flights = own(
    new Flights({
      perform: (performance) => performCall(deps, performance),
      nowMs: monotonicMs,
      onEnd: (outcome) =>
        outcome.kind === "answer" ? observer.callAnswered(outcome) : observer.callFailed(outcome),
    }),
  );
  return {
    flights,
    choose,
    offer: async () => {
      await directory.refresh({ maxAgeMs: config.refreshMs });
      return directory.offer();
    },
    checkDatabase: async () => {
      session.id();
      await database.query(PING);
    },
  };
}

const PRUNE_MS = 3_600_000;
const REOPEN_MS = 500;
const PING = { name: "registry_ping", text: "select 1", row: () => 1 } as const;

/** Brings the schema up to date and takes a place in the ledger; a database that is down is tried again in the background. */
async function openLedger({
  database,
  session,
  tasks,
  observer,
  opened,
}: {
  readonly database: Database;
  readonly session: PostgresSession;
  readonly tasks: Tasks;
  readonly observer: CallObserver;
  readonly opened: () => void;
}): Promise<void> {
  let isKnownDown = false;
  const open = async (): Promise<boolean> => {
    try {
      await migrate(database, MIGRATIONS);
      await session.open();
      opened();
      return true;
    } catch (error) {
      if (!isUnavailable(error instanceof Error ? (error.cause ?? error) : error)) throw error;
      if (!isKnownDown) observer.ledgerFailed(error);
      isKnownDown = true;
      return false;
    }
  };
  if (await open()) return;
  tasks.run("open_ledger", async (signal) => {
    while (!signal.aborted && !(await open())) await pause(REOPEN_MS, signal);
  });
}

function openDirectory(config: Config, providers: readonly Provider[]): ModelDirectory {
  const { models, aliases, defaultModel } = config;
  return new ModelDirectory({ models, providers, aliases, defaultModel, nowMs: monotonicMs });
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
    "a registry in a process of its own needs a PostgreSQL server: set database.url, or POSTGRES_URL",
  );
}

function monotonicMs(): number {
  return performance.now();
}

async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal });
}
