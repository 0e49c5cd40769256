import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A Redis of our own, gone when it is disposed. */
export interface PrivateRedis extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Kills it; what it held is lost. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** Starts a Redis that keeps nothing, on a free port of loopback; throws where none is installed. */
export async function startPrivateRedis(): Promise<PrivateRedis> {
  const program = findRedis();
  if (program === undefined) {
    throw new Error("no Redis is installed: apt-get install redis-server, or brew install redis");
  }
  const directory = await mkdtemp(join(tmpdir(), "redis-"));
  const server = new RedisProcess({ program, directory, port: await freePort() });
  try {
    await server.start();
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
  return server;
}

/** The program of the Redis (or Valkey) that is installed. */
export function findRedis(): string | undefined {
  return ["redis-server", "valkey-server"]
    .flatMap((name) => FOLDERS.map((folder) => join(folder, name)))
    .find((path) => existsSync(path));
}

const FOLDERS = ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"];
const SETPRIV = "/usr/bin/setpriv";
const START_LIMIT_MS = 20_000;

class RedisProcess implements PrivateRedis {
  readonly url: string;
  readonly port: number;
  readonly #command: readonly [string, ...string[]];
  readonly #directory: string;
  readonly #killAtExit = () => this.#child?.kill("SIGKILL");
  #child: ChildProcess | undefined;

  constructor({ program, directory, port }: { program: string; directory: string; port: number }) {
    this.port = port;
    this.url = `redis://127.0.0.1:${port}`;
    this.#directory = directory;
    const settings = { port, bind: "127.0.0.1", dir: directory, save: "", appendonly: "no" };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
    // The system ends it with this process, where it can.
    this.#command = existsSync(SETPRIV)
      ? [SETPRIV, "--pdeathsig", "KILL", "--", program, ...args]
      : [program, ...args];
    process.once("exit", this.#killAtExit);
  }

  async start(): Promise<void> {
    if (this.#child !== undefined) return;
    const [program, ...args] = this.#command;
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
    this.#child = child;
    child.once("exit", () => {
      if (this.#child === child) this.#child = undefined;
    });
    await untilReady(child);
    child.unref();
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const exited = once(child, "exit");
    child.ref();
    child.kill("SIGKILL");
    await exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.removeListener("exit", this.#killAtExit);
    await this.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

async function untilReady(child: ChildProcess): Promise<void> {
  const { stdout } = child;
  if (stdout === null) return;
  const lines = createInterface({ input: stdout });
  await new Promise<void>((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error("Redis did not start")), START_LIMIT_MS);
    const over = (error: Error) => {
      clearTimeout(limit);
      reject(error);
    };
    child.once("error", over);
    child.once("exit", (code) => over(new Error(`Redis ended with ${code}`)));
    lines.on("line", (line) => {
      if (!/ready to accept connections/i.test(line)) return;
      clearTimeout(limit);
      resolve();
    });
  });
  if ("unref" in stdout && typeof stdout.unref === "function") stdout.unref();
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") {
    throw new Error("the system gave no port");
  }
  return address.port;
}
