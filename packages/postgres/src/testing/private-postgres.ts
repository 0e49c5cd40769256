import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { appendFile, chmod, chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

import { freePort, killedWithParent } from "./private-process.ts";

/** How a server ends: after its clients, after rolling back, or as by a crash. */
export type StopMode = "smart" | "fast" | "immediate";

/** A PostgreSQL server of our own, gone when it is disposed. */
export interface PrivatePostgres extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly directory: string;
  stop(mode: StopMode): Promise<void>;
  start(): Promise<void>;
  /** Makes a primary of a replica. */
  promote(): Promise<void>;
}

/** How the server is set up. */
export type PrivatePostgresOptions = {
  /** Lines of `postgresql.conf`, beside those that keep the server to itself. Nothing is weakened by default. */
  readonly settings?: Readonly<Record<string, string | number>>;
  /** The server that this one follows. */
  readonly replicaOf?: PrivatePostgres;
};

/** Starts a server in a folder of its own, on a free port of loopback and a socket; throws where none is installed. */
export async function startPrivatePostgres({
  settings = {},
  replicaOf,
}: PrivatePostgresOptions = {}): Promise<PrivatePostgres> {
  const bin = findPostgres();
  if (bin === undefined) {
    throw new Error(
      "no PostgreSQL is installed: apt-get install postgresql, or brew install postgresql",
    );
  }
  const owner = serverOwner();
  // Short, since the path of a socket has room for 107 bytes.
  const directory = await mkdtemp(join(tmpdir(), "pg-"));
  const data = join(directory, "data");
  if (owner !== undefined) await chown(directory, owner.uid, owner.gid);
  await chmod(directory, 0o700);
  const run = (program: string, args: readonly string[]) =>
    execFileAsync(join(bin, program), args, { ...owner, cwd: directory });
  if (replicaOf === undefined) {
    await run("initdb", ["-D", data, ...INITDB_ARGS]);
  } else {
    await run("pg_basebackup", ["-D", data, "-d", replicaOf.url, "-R", "-c", "fast"]);
  }
  const port = await freePort();
  const own = { port, listen_addresses: "127.0.0.1", unix_socket_directories: directory };
  await appendFile(join(data, "postgresql.conf"), configText({ ...settings, ...own }));
  const server = new PostgresProcess({ bin, data, directory, port, owner });
  try {
    await server.start();
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
  return server;
}

/** The folder with the programs of the newest PostgreSQL that is installed. */
export function findPostgres(): string | undefined {
  return FOLDERS.flatMap(({ parent, bin }) =>
    versionsIn(parent).map((name) => join(parent, name, bin)),
  )
    .concat(PLAIN_FOLDERS)
    .find((folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres")));
}

type Owner = { readonly uid: number; readonly gid: number };

const FOLDERS = [
  { parent: "/usr/lib/postgresql", bin: "bin" },
  { parent: "/opt/homebrew/opt", bin: "bin" },
  { parent: "/usr/local/opt", bin: "bin" },
] as const;
const PLAIN_FOLDERS = ["/usr/bin", "/usr/local/bin", "/usr/local/pgsql/bin"];
const INITDB_ARGS = [
  "-U",
  "postgres",
  "-A",
  "trust",
  "-E",
  "UTF8",
  "--locale=C.UTF-8",
  "--no-sync",
];
const SIGNALS = { smart: "SIGTERM", fast: "SIGINT", immediate: "SIGQUIT" } as const;
const START_LIMIT_MS = 60_000;
const LOG_LINES = 40;

const execFileAsync = promisify(execFile);

class PostgresProcess implements PrivatePostgres {
  readonly url: string;
  readonly port: number;
  readonly directory: string;
  readonly #bin: string;
  readonly #data: string;
  readonly #owner: Owner | undefined;
  readonly #killAtExit = () => this.#child?.kill("SIGQUIT");
  #child: ChildProcess | undefined;

  constructor(options: {
    bin: string;
    data: string;
    directory: string;
    port: number;
    owner: Owner | undefined;
  }) {
    this.port = options.port;
    this.directory = options.directory;
    this.url = `postgres://postgres@127.0.0.1:${options.port}/postgres`;
    this.#bin = options.bin;
    this.#data = options.data;
    this.#owner = options.owner;
    process.once("exit", this.#killAtExit);
  }

  async start(): Promise<void> {
    if (this.#child !== undefined) return;
    const command = [join(this.#bin, "postgres"), "-D", this.#data];
    const [program, ...args] = killedWithParent(command, "INT");
    const child = spawn(program, args, {
      ...this.#owner,
      cwd: this.directory,
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#child = child;
    child.once("exit", () => {
      if (this.#child === child) this.#child = undefined;
    });
    await untilReady(child);
    child.unref();
  }

  async stop(mode: StopMode): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const exited = once(child, "exit");
    child.ref();
    child.kill(SIGNALS[mode]);
    await exited;
  }

  async promote(): Promise<void> {
    await execFileAsync(join(this.#bin, "pg_ctl"), ["promote", "-D", this.#data, "-w"], {
      ...this.#owner,
      cwd: this.directory,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.removeListener("exit", this.#killAtExit);
    await this.stop("immediate");
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** Reads the server's log until it says that it takes connections, and on, so that it never blocks. */
async function untilReady(child: ChildProcess): Promise<void> {
  const { stderr } = child;
  if (stderr === null) return;
  const log: string[] = [];
  const lines = createInterface({ input: stderr });
  await new Promise<void>((resolve, reject) => {
    const limit = setTimeout(() => fail("did not start in time"), START_LIMIT_MS);
    const fail = (what: string) => {
      clearTimeout(limit);
      reject(new Error(`PostgreSQL ${what}:\n${log.join("\n")}`));
    };
    child.once("error", (error) => fail(error.message));
    child.once("exit", () => fail("ended"));
    lines.on("line", (line) => {
      log.push(line);
      if (log.length > LOG_LINES) log.shift();
      if (line.includes("database system is ready to accept")) {
        clearTimeout(limit);
        resolve();
      }
    });
  });
  if ("unref" in stderr && typeof stderr.unref === "function") stderr.unref();
}

/** PostgreSQL refuses to run as root; then another user of the system stands in. */
function serverOwner(): Owner | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ["postgres", "nobody"]) {
    try {
      const id = (flag: string) =>
        Number(execFileSync("id", [flag, name], { encoding: "utf8", stdio: "pipe" }));
      return { uid: id("-u"), gid: id("-g") };
    } catch {
      // No such user; the next one.
    }
  }
  return undefined;
}

function versionsIn(parent: string): readonly string[] {
  if (!existsSync(parent)) return [];
  return readdirSync(parent)
    .filter((name) => /^(postgresql@?)?\d*$/.test(name))
    .toSorted((left, right) => numberIn(right) - numberIn(left));
}

function numberIn(name: string): number {
  return Number(/\d+$/.exec(name)?.[0] ?? 0);
}

function configText(settings: Readonly<Record<string, string | number>>): string {
  const lines = Object.entries(settings).map(
    ([name, value]) => `${name} = '${String(value).replaceAll("'", "''")}'`,
  );
  return `\n${lines.join("\n")}\n`;
}
