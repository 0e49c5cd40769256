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

const READY_LIMIT_MS = 180_000;
const STOP_LIMIT_MS = 15_000;
const CLOCK_TICKS_PER_SECOND = 100;

/** One service as a process of its own, which can be killed and started again on the same ports. */
export class ServiceProcess {
  readonly name: string;
  readonly port: number;
  readonly opsPort: number;
  readonly logFile: string;
  readonly #options: ServiceProcessOptions;
  #child: ChildProcess;

  /** Starts it from the build where there is a fresh one, else from the sources. */
  constructor(options: ServiceProcessOptions) {
    this.#options = options;
    this.name = options.name;
    this.port = options.port;
    this.opsPort = options.opsPort;
    this.logFile = join(options.directory, `${options.name}.log`);
    this.#child = this.#spawn();
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** User and system time of the process that runs now, in milliseconds. */
  cpuMs(): number {
    return cpuMsOf(this.pid);
  }

  /** Wait until it says that it is ready. */
  async ready(timeoutMs = READY_LIMIT_MS): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (Date.now() < deadline && this.#child.exitCode === null) {
      if (await answersReady(this.opsPort)) {
        return;
      }
      await delay(50);
    }
    throw new Error(`${this.name} is not ready; its log ends:\n${tailOf(this.logFile)}`);
  }

  /** End it without warning. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended(STOP_LIMIT_MS);
  }

  /** Start it anew after it ended. */
  start(): void {
    this.#child = this.#spawn();
  }

  /** Ask it to end, and end it if it takes too long; answers with its exit code. */
  async stop(): Promise<number | undefined> {
    this.#child.kill("SIGTERM");
    if (!(await this.#ended(STOP_LIMIT_MS))) {
      await this.kill();
    }
    return this.#child.exitCode ?? undefined;
  }

  #spawn(): ChildProcess {
    const { service, env, port, opsPort } = this.#options;
    const log = openSync(this.logFile, "a");
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

  async #ended(limitMs: number): Promise<boolean> {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) {
      return true;
    }
    return Promise.race([
      once(child, "exit").then(() => true),
      delay(limitMs, false, { ref: false }),
    ]);
  }
}

/** The build when no source is newer, as `bin/orchestrator` chooses; else the sources. */
function entryOf(service: string): string[] {
  return isBuilt
    ? ["--enable-source-maps", YOUNG_GENERATION, `services/${service}/dist/src/main.js`]
    : ["--conditions=source", "--import", "tsx", `services/${service}/src/main.ts`];
}

/** As `bin/orchestrator` starts it: half of what a young generation of 8 MB collects still lives. */
const YOUNG_GENERATION = "--max-semi-space-size=32";
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
