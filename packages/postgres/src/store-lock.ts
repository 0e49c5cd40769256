import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";

/** Says that another process has the store open, which has room for one only. */
export class StoreInUse extends Error {
  readonly directory: string;
  /** The process that holds it, on `host`. */
  readonly pid: number;
  readonly host: string;

  constructor(directory: string, { pid, host }: { pid: number; host: string }) {
    const where = host === hostname() ? "" : ` on ${host}`;
    super(
      pid === process.pid && where === ""
        ? `the store in ${directory} is open in this process already`
        : `the store in ${directory} is in use by process ${pid}${where}; stop that process, or use another folder`,
    );
    this.name = "StoreInUse";
    this.directory = directory;
    this.pid = pid;
    this.host = host;
  }
}

/** Takes the folder for this process until it is disposed; throws `StoreInUse` while another one lives that has it. */
export async function openStoreLock(directory: string): Promise<AsyncDisposable> {
  await mkdir(directory, { recursive: true });
  const file = join(directory, "lock");
  const mine = JSON.stringify({
    pid: process.pid,
    host: hostname(),
    startedAt: startOf(process.pid),
  });
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    if (await createWhole(file, mine)) {
      return holding(file);
    }
    await removeIfStale(file, directory);
  }
  throw new Error(`the lock ${file} changes hands too fast`);
}

/** A lock of another machine is believed while it is touched: processes there cannot be looked at. */
const TOUCH_MS = 5_000;
const FOREIGN_STALE_MS = 30_000;
const MAX_ATTEMPTS = 5;

type Holder = { readonly pid: number; readonly host: string; readonly startedAt: string };

function holding(file: string): AsyncDisposable {
  const touching = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => {
      // The folder was removed under the store; its next statement says so.
    });
  }, TOUCH_MS);
  touching.unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(touching);
      await rm(file, { force: true });
    },
  };
}

/** Creates a file with its content at once, so that nobody reads a half of it; false when there is one. */
async function createWhole(file: string, content: string): Promise<boolean> {
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, content);
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function removeIfStale(file: string, directory: string): Promise<void> {
  const seen = await readIfThere(file);
  if (seen === undefined) return;
  const holder = holderFrom(seen);
  if (holder !== undefined && (await isHeld(file, holder))) {
    throw new StoreInUse(directory, holder);
  }
  // Moved away before it is removed: another process may have replaced it since it was read.
  const aside = `${file}.${randomUUID()}`;
  try {
    await rename(file, aside);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return;
    throw error;
  }
  if ((await readIfThere(aside)) !== seen) {
    await rename(aside, file);
    return;
  }
  await rm(aside, { force: true });
}

async function isHeld(file: string, holder: Holder): Promise<boolean> {
  if (holder.host === hostname()) {
    return startOf(holder.pid) === holder.startedAt;
  }
  const touchedAt = (await stat(file)).mtimeMs;
  return Date.now() - touchedAt < FOREIGN_STALE_MS;
}

/** When a process started, in the words of the system; empty when there is none. It tells one from a later one of its number. */
function startOf(pid: number): string {
  const { stdout } = spawnSync("ps", ["-o", "lstart=", "-p", String(pid)], {
    encoding: "utf8",
    env: { PATH: "/usr/bin:/bin", LC_ALL: "C" },
  });
  return (stdout ?? "").trim();
}

function holderFrom(content: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(content);
    if (typeof value !== "object" || value === null) return undefined;
    if (!("pid" in value) || !("host" in value) || !("startedAt" in value)) return undefined;
    const { pid, host, startedAt } = value;
    return typeof pid === "number" && typeof host === "string" && typeof startedAt === "string"
      ? { pid, host, startedAt }
      : undefined;
  } catch {
    // Not ours, or damaged: nobody can hold the store by it.
    return undefined;
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
