import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { createOrchestrator, type Orchestrator } from "@orchestrator/client";
import { openNodeTransport } from "@orchestrator/client/node";
import {
  findPostgres,
  type PrivatePostgres,
  startPrivatePostgres,
} from "@orchestrator/postgres/testing";
import { findRedis, startPrivateRedis } from "@orchestrator/redis/testing";
import {
  type LoggedRequest,
  type ScriptedModels,
  startScriptedModels,
} from "@orchestrator/scripted-models";

import { type MeshProcesses, startMeshProcesses } from "../harness/mesh-processes.ts";
import type { ServiceProcess } from "../harness/service-process.ts";

export type ProcessMeshOptions = {
  /** More of the configuration file, as YAML. */
  readonly config?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** How long a model takes. */
  readonly modelDelayMs?: number;
  /** Stop the database before the mesh starts, and return while it is down. */
  readonly withoutDatabase?: boolean;
};

/** Four services with two executors and two states, each a process, on a PostgreSQL and a Redis of their own. */
export type ProcessMesh = AsyncDisposable &
  MeshProcesses &
  Orchestrator & {
    readonly directory: string;
    readonly postgres: PrivatePostgres;
    readonly models: ScriptedModels;
    /** What the models were asked, in order. */
    readonly asked: readonly LoggedRequest[];
    /** The executor that holds runs; waits until there is one. */
    busyExecutor(): Promise<ServiceProcess>;
    /** The lines of some processes' logs with this event. */
    logged(event: string, processes: readonly ServiceProcess[]): readonly unknown[];
  };

/** Why tests of processes are left out; false where nothing is missing. */
export const MISSING: string | false =
  findPostgres() === undefined || findRedis() === undefined
    ? "PostgreSQL and Redis are not both installed"
    : false;

/** Starts servers, models and mesh; disposing ends them in the other order. */
export async function startProcessMesh(options: ProcessMeshOptions = {}): Promise<ProcessMesh> {
  const { config = "", env = {}, modelDelayMs = 0, withoutDatabase = false } = options;
  const opened: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    for (const end of opened.splice(0)) await end();
  };
  const own = <T extends AsyncDisposable>(resource: T): T => {
    opened.unshift(() => resource[Symbol.asyncDispose]());
    return resource;
  };
  const directory = mkdtempSync(join(tmpdir(), "orchestrator-processes-"));
  opened.unshift(() => rmSync(directory, { recursive: true, force: true }));
  try {
    const postgres = own(await startPrivatePostgres());
    const redis = own(await startPrivateRedis());
    const models = own(await startScriptedModels({ delayMs: modelDelayMs }));
    if (withoutDatabase) await postgres.stop("fast");
    const mesh = own(
      await startMeshProcesses({
        directory,
        postgresUrl: postgres.url,
        redisUrl: redis.url,
        states: 2,
        executors: 2,
        untilReady: !withoutDatabase,
        config: `${CONFIG}${providerConfig(models.url)}${config}`,
        env,
      }),
    );
    const transport = openNodeTransport({ url: mesh.url, protocol: "grpc" });
    opened.unshift(() => transport[Symbol.dispose]());
    const client = createOrchestrator(transport);
    return {
      ...mesh,
      ...client,
      directory,
      postgres,
      models,
      asked: models.requests,
      busyExecutor: () => busyExecutor(client, mesh.executors),
      logged,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const CONFIG = `tools:
  host_processes: allow
logging:
  level: INFO
  format: json
  output: stdout
`;
const BUSY_LIMIT_MS = 60_000;
const POLL_MS = 50;

function providerConfig(url: string): string {
  return `models:
  providers:
    scripted: {kind: openai, base_url: ${JSON.stringify(url)}, api_key: unused, models: [{name: scripted}]}
`;
}

/** Executors name themselves after their machine and their process. */
async function busyExecutor(
  { operations }: Orchestrator,
  executors: readonly ServiceProcess[],
): Promise<ServiceProcess> {
  const deadline = Date.now() + BUSY_LIMIT_MS;
  while (Date.now() < deadline) {
    const { sessions } = await operations.listSessions({});
    const busy = sessions.find(({ heldRuns }) => heldRuns > 0);
    const found = executors.find(({ pid }) => busy?.executor.endsWith(`:${pid}`));
    if (found !== undefined) return found;
    await delay(POLL_MS);
  }
  throw new Error("no executor holds a run");
}

function logged(event: string, processes: readonly ServiceProcess[]): unknown[] {
  return processes
    .flatMap(({ logFile }) => readFileSync(logFile, "utf8").split("\n"))
    .filter((line) => line.includes(`"${event}"`))
    .map((line): unknown => JSON.parse(line));
}
