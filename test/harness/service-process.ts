import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, openSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { killedWithParent } from "@orchestrator/postgres/testing";

export type ServiceProcessOptions = {
  /** `gateway`, `registry`, `executor` or `state`. */
  readonly service: string;
  readonly name: string;
  /** Its log goes to `<name>.log` here. */
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  readonly port: number;
  readonly opsPort: number;
};

/** One service as a process of its own, which can be killed and started again on the same ports. */
export type ServiceProcess = {
  readonly name: string;
  readonly port: number;
  readonly opsPort: number;
  readonly logFile: string;
  readonly pid: number;
  /** User and system time of the process that runs now, in milliseconds. */
  cpuMs(): number;
  /** Wait until it says that it is ready. */
  ready(timeoutMs?: number): Promise<void>;
  /** End it without warning. */
  kill(): Promise<void>;
  /** Start it anew after it ended. */
  start(): void;
  /** Ask it to end, and end it if it takes too long; answers with its exit code, or undefined when it had to be ended. */
  stop(): Promise<number | undefined>;
};

const READY_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 15_000;
const CLOCK_TICKS_PER_SECOND = 100;

/** Start a service from its build where there is one, else from its sources. */
export function startServiceProcess(options: ServiceProcessOptions): ServiceProcess {
  const { service, name, directory, env, port, opsPort } = options;
  const logFile = join(directory, `${name}.log`);
  let child = spawned();

  function spawned(): ChildProcess {
    const log = openSync(logFile, "a");
    const upper = service.toUpperCase();
    const [program, ...args] = killedWithParent([process.execPath, ...entryOf(service)], "TERM");
    return spawn(program, args, {
      stdio: ["ignore", log, log],
      env: {
        ...process.env,
        ...env,
        [`${upper}_PORT`]: String(port),
        [`${upper}_OPS_PORT`]: String(opsPort),
      },
    });
  }

  async function ended(limitMs: number): Promise<boolean> {
    if (child.exitCode !== null || child.signalCode !== null) {
      return true;
    }
    return Promise.race([
      once(child, "exit").then(() => true),
      delay(limitMs, false, { ref: false }),
    ]);
  }

  return {
    name,
    port,
    opsPort,
    logFile,
    get pid() {
      return child.pid ?? 0;
    },
    cpuMs: () => cpuMsOf(child.pid ?? 0),
    async ready(timeoutMs = READY_LIMIT_MS) {
      const deadline = Date.now() + timeoutMs;
      while (Date.now() < deadline) {
        if (child.exitCode !== null) {
          break;
        }
        if (await answersReady(opsPort)) {
          return;
        }
        await delay(50);
      }
      throw new Error(`${name} is not ready; its log ends:\n${tailOf(logFile)}`);
    },
    async kill() {
      child.kill("SIGKILL");
      await ended(STOP_LIMIT_MS);
    },
    start() {
      child = spawned();
    },
    async stop() {
      child.kill("SIGTERM");
      if (!(await ended(STOP_LIMIT_MS))) {
        child.kill("SIGKILL");
        await ended(STOP_LIMIT_MS);
      }
      return child.exitCode ?? undefined;
    },
  };
}

/** The build when no source is newer, as `bin/orchestrator` chooses; else the sources. */
function entryOf(service: string): string[] {
  return isBuilt
    ? ["--enable-source-maps", `services/${service}/dist/src/main.js`]
    : ["--conditions=source", "--import", "tsx", `services/${service}/src/main.ts`];
}

const BUILT = "apps/cli/dist/.built";
const isBuilt = existsSync(BUILT) && newerThanBuild().length === 0;

function newerThanBuild(): string[] {
  const folders = ["packages", "services", "apps"];
  return folders
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name, "src")))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts"))
        .map((file) => join(folder, file)),
    )
    .filter((file) => statSync(file).mtimeMs > statSync(BUILT).mtimeMs);
}

async function answersReady(opsPort: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${opsPort}/ready`, {
      signal: AbortSignal.timeout(2_000),
    });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false; // Not listening yet.
  }
}

/** Fields 14 and 15 of `/proc/<pid>/stat`, counted after the name, which may hold spaces. */
function cpuMsOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return ((Number(fields[11]) + Number(fields[12])) * 1_000) / CLOCK_TICKS_PER_SECOND;
  } catch {
    return 0; // It is gone.
  }
}

function tailOf(file: string): string {
  return readFileSync(file, "utf8").split("\n").slice(-30).join("\n");
}
