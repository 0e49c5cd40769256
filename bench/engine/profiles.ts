import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createClient, type Client } from "@connectrpc/connect";
import { startMesh } from "@orchestrator/mesh";
import { RunService } from "@orchestrator/proto/v1/run_pb";
import { openTelemetry, readSettings } from "@orchestrator/service";

import { startMeshProcesses } from "../../test/harness/mesh-processes.ts";
import type { ServiceProcess } from "../../test/harness/service-process.ts";
import type { BenchOptions } from "../options.ts";
import { openLeanTransport } from "./lean-transport.ts";
import type { BenchServers } from "./servers.ts";

/** A mesh to measure, with production configuration. */
export type Profile = AsyncDisposable & {
  readonly name: "mesh" | "embedded";
  readonly runs: Client<typeof RunService>;
  /** The executor, where it is a process of its own and can be away for a while. */
  readonly executor?: Pick<ServiceProcess, "stop" | "start" | "ready">;
  /** Processes whose CPU counts, this one included, PostgreSQL and Redis not. */
  readonly processes: Readonly<Record<string, number>>;
};

const API_KEY = "bench-key-0123456789abcdef";
const SECRET_KEY = "bench-secret-0123456789abcdef0123456789abcdef";
/** Validation is always on; keys and traces as a production mesh has them. */
const configWith = ({ otlpUrl }: BenchServers): string => `server:
  workers: 1
security:
  api_key_required: true
logging:
  level: WARNING
  format: json
monitoring:
  tracing:
    enabled: true
    otlp_endpoint: ${otlpUrl}
    sample_ratio: 0.01
`;

/** Settings that every figure names. */
export const SETTINGS = {
  server_workers: 1,
  sample_ratio: 0.01,
  fsync: "on",
  synchronous_commit: "on",
  api_key: true,
} as const;

/** Four processes: gateway, registry, executor, state. */
export async function meshProfile(
  servers: BenchServers,
  { cpuProfileFolder }: BenchOptions,
): Promise<Profile> {
  const directory = await mkdtemp(join(tmpdir(), "orchestrator-bench-"));
  const env = {
    ORCHESTRATOR_API_KEY: API_KEY,
    ORCHESTRATOR_SECRET_KEY: SECRET_KEY,
    ...(cpuProfileFolder !== undefined && {
      BENCH_CPU_PROFILE: cpuProfileFolder,
      NODE_OPTIONS: `--import ${new URL("../cpu-profile.mjs", import.meta.url).href}`,
    }),
  };
  const mesh = await startMeshProcesses({
    ...servers,
    directory,
    config: configWith(servers),
    env,
  });
  const transport = openLeanTransport(mesh.url, { apiKey: API_KEY });
  return {
    name: "mesh",
    runs: createClient(RunService, transport),
    ...(mesh.executors[0] !== undefined && { executor: mesh.executors[0] }),
    processes: {
      client: process.pid,
      ...Object.fromEntries(mesh.all.map(({ name, pid }) => [name.replace(/-1$/, ""), pid])),
    },
    async [Symbol.asyncDispose]() {
      transport[Symbol.dispose]();
      await mesh[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** One process, this one, whose services call each other directly. */
export async function embeddedProfile(servers: BenchServers): Promise<Profile> {
  const directory = await mkdtemp(join(tmpdir(), "orchestrator-bench-"));
  const configPath = join(directory, "config.yaml");
  await writeFile(configPath, configWith(servers));
  const settings = readSettings({
    env: {
      ORCHESTRATOR_CONFIG_PATH: configPath,
      ORCHESTRATOR_ENV: "production",
      ORCHESTRATOR_API_KEY: API_KEY,
      ORCHESTRATOR_SECRET_KEY: SECRET_KEY,
      POSTGRES_URL: servers.postgresUrl,
      REDIS_URL: servers.redisUrl,
    },
  });
  const telemetry = await openTelemetry(settings, { service: "mesh" });
  const mesh = await startMesh({ settings, telemetry, listen: "nothing" });
  return {
    name: "embedded",
    runs: createClient(RunService, mesh.transport),
    processes: { mesh_and_client: process.pid },
    async [Symbol.asyncDispose]() {
      await mesh[Symbol.asyncDispose]();
      await telemetry[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
