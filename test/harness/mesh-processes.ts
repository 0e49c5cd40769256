import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { freePorts } from "./free-ports.ts";
import { ServiceProcess } from "./service-process.ts";

/** What a mesh of processes is made of. */
export type MeshOptions = {
  /** Private to this mesh: configuration, logs, workspaces. */
  readonly directory: string;
  readonly postgresUrl: string;
  readonly redisUrl?: string;
  readonly states?: number;
  readonly executors?: number;
  readonly registries?: number;
  /** Added to the configuration file, as YAML. */
  readonly config?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** False: return as soon as the processes are started. */
  readonly untilReady?: boolean;
};

/** Four services or more, each a process of its own, on one PostgreSQL. Disposing ends them all. */
export type MeshProcesses = AsyncDisposable & {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly gateway: ServiceProcess;
  readonly states: readonly ServiceProcess[];
  readonly executors: readonly ServiceProcess[];
  readonly registries: readonly ServiceProcess[];
  readonly all: readonly ServiceProcess[];
};

/** Start the services as an operator would, one process each, and, unless told otherwise, wait until all of them are ready. */
export async function startMeshProcesses(options: MeshOptions): Promise<MeshProcesses> {
  const { directory, states = 1, executors = 1, registries = 1, untilReady = true } = options;
  mkdirSync(directory, { recursive: true });
  const configPath = join(directory, "config.yaml");
  writeFileSync(configPath, configOf(options));
  const count = { states, executors, registries };
  const ports = await freePorts(2 * (1 + states + executors + registries));
  const take = (): { port: number; opsPort: number } => ({
    port: ports.pop() ?? 0,
    opsPort: ports.pop() ?? 0,
  });
  const places = {
    gateway: take(),
    states: Array.from({ length: count.states }, take),
    executors: Array.from({ length: count.executors }, take),
    registries: Array.from({ length: count.registries }, take),
  };
  const env = {
    ...options.env,
    ORCHESTRATOR_CONFIG_PATH: configPath,
    STATE_ADDRESS: targetOf(places.states),
    EXECUTOR_ADDRESS: targetOf(places.executors),
    REGISTRY_ADDRESS: targetOf(places.registries),
  };
  const start = (service: string, place: { port: number; opsPort: number }, index: number) =>
    new ServiceProcess({ service, name: `${service}-${index + 1}`, directory, env, ...place });
  const started = {
    states: places.states.map((place, i) => start("state", place, i)),
    registries: places.registries.map((place, i) => start("registry", place, i)),
    executors: places.executors.map((place, i) => start("executor", place, i)),
    gateway: start("gateway", places.gateway, 0),
  };
  const all = [...started.states, ...started.registries, ...started.executors, started.gateway];
  const mesh = {
    ...started,
    all,
    url: `http://127.0.0.1:${places.gateway.port}`,
    async [Symbol.asyncDispose]() {
      await Promise.all(all.map((process) => process.stop()));
    },
  };
  if (!untilReady) {
    return mesh;
  }
  try {
    await Promise.all(all.map((process) => process.ready()));
  } catch (error) {
    await mesh[Symbol.asyncDispose]();
    throw error;
  }
  return mesh;
}

function targetOf(places: readonly { port: number }[]): string {
  return `ipv4:${places.map(({ port }) => `127.0.0.1:${port}`).join(",")}`;
}

function configOf({ postgresUrl, redisUrl, config, directory }: MeshOptions): string {
  return `environment: production
storage:
  backend: postgres
  path: ${JSON.stringify(join(directory, "data"))}
database:
  url: ${JSON.stringify(postgresUrl)}
${redisUrl === undefined ? "" : `cache:\n  backend: redis\n  url: ${JSON.stringify(redisUrl)}\n`}${config ?? ""}
`;
}
