import { cp, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";

import type { PGlite } from "@electric-sql/pglite";

import { quoteIdentifier } from "./identifier.ts";
import { PgliteSession } from "./pglite-session.ts";
import { PgliteUpkeep } from "./pglite-upkeep.ts";
import type { Database, Lane, Param, Sql, Statement } from "./sql.ts";
import { openStoreLock } from "./store-lock.ts";
import { inTransaction, retryWhole } from "./transaction.ts";
import { Turns } from "./turns.ts";
import { WorkScope } from "./work-scope.ts";

/** Where an embedded database lives. */
export type PgliteOptions = {
  /** Its folder, for one process at a time; without one it is in memory, and gone when it is disposed. */
  readonly directory?: string;
  /** What `prepareStore` made: a new database starts as a copy of it, in a tenth of the time. */
  readonly prepared?: string;
};

/**
 * Opens PostgreSQL within this process: no server, one connection, which lanes and transactions share in order.
 * What is committed survives the death of the process, but not of the machine: the engine does not wait for the disk.
 */
export async function openPglite({ directory, prepared }: PgliteOptions = {}): Promise<Database> {
  const { PGlite, protocol } = await import("@electric-sql/pglite");
  const lock = directory === undefined ? undefined : await openStoreLock(directory);
  try {
    const engine = await PGlite.create(
      directory === undefined
        ? await memoryOptions(prepared)
        : { dataDir: await dataFolder(directory, prepared) },
    );
    return new PgliteDatabase(engine, { session: new PgliteSession(engine, protocol), lock });
  } catch (error) {
    await lock?.[Symbol.asyncDispose]();
    throw error;
  }
}

async function memoryOptions(prepared: string | undefined): Promise<{ loadDataDir?: Blob }> {
  return prepared === undefined
    ? {}
    : { loadDataDir: new Blob([await readFile(join(prepared, "data.tar.gz"))]) };
}

/** The folder of the engine within the store's: copied whole or not there, whenever the process dies. */
async function dataFolder(directory: string, prepared: string | undefined): Promise<string> {
  const data = join(directory, "data");
  if (prepared !== undefined && !(await exists(data))) {
    const draft = join(directory, "data.new");
    await rm(draft, { recursive: true, force: true });
    await cp(join(prepared, "data"), draft, { recursive: true });
    await rename(draft, data);
  }
  return data;
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    // Whatever is wrong with the path, the engine that opens it says it better.
    return false;
  }
}

class PgliteDatabase implements Database {
  readonly driver = "pglite";
  readonly #engine: PGlite;
  readonly #session: PgliteSession;
  readonly #upkeep: PgliteUpkeep;
  readonly #lock: AsyncDisposable | undefined;
  readonly #turns = new Turns();
  readonly #scope = new WorkScope();
  /** Callbacks by channel; the connection listens to a channel while somebody does. */
  readonly #listeners = new Map<string, Set<(payload: string) => void>>();
  #open = true;

  constructor(
    engine: PGlite,
    { session, lock }: { session: PgliteSession; lock: AsyncDisposable | undefined },
  ) {
    this.#engine = engine;
    this.#session = session;
    this.#upkeep = new PgliteUpkeep(session);
    this.#lock = lock;
    engine.onNotification((channel, payload) => {
      for (const onPayload of this.#listeners.get(channel) ?? []) onPayload(payload);
    });
  }

  async query<R>(statement: Statement<R>, params?: readonly Param[]): Promise<readonly R[]> {
    return this.#exclusively(() => this.#session.query(statement, params));
  }

  async transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return retryWhole(() =>
      this.#exclusively(() => inTransaction(this.#session, { scope: this.#scope, work })),
    );
  }

  async script(text: string): Promise<void> {
    await this.#exclusively(() =>
      inTransaction(this.#session, {
        scope: this.#scope,
        work: () => this.#session.command(text),
      }),
    );
  }

  /** The settings of a lane would be those of all, so they are left out: here they could only change plans. */
  openLane(): Lane {
    let open = true;
    return {
      query: async (statement, params) => {
        if (!open) throw new Error("the lane is closed");
        return this.query(statement, params);
      },
      [Symbol.asyncDispose]: async () => {
        open = false;
      },
    };
  }

  async listen(channel: string, onPayload: (payload: string) => void): Promise<AsyncDisposable> {
    const listeners = this.#listeners.get(channel) ?? new Set();
    this.#listeners.set(channel, listeners);
    // One subscription each, though the same function is handed over twice.
    const callback = (payload: string) => onPayload(payload);
    listeners.add(callback);
    await this.#exclusively(() => this.#session.command(`listen ${quoteIdentifier(channel)}`));
    return {
      [Symbol.asyncDispose]: async () => {
        listeners.delete(callback);
        if (listeners.size === 0 && this.#open) {
          await this.#exclusively(async () => {
            if (listeners.size > 0) return;
            await this.#session.command(`unlisten ${quoteIdentifier(channel)}`);
          });
        }
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#turns.idle();
    await this.#engine.close();
    await this.#lock?.[Symbol.asyncDispose]();
  }

  async #exclusively<T>(work: () => Promise<T>): Promise<T> {
    if (!this.#open) {
      throw new Error("the database was closed");
    }
    this.#scope.refuseNested();
    const result = this.#turns.take(work);
    if (this.#upkeep.isDue()) {
      this.#turns.take(() => this.#upkeep.run()).catch(ignore);
    }
    return result;
  }
}

function ignore(): void {
  // Upkeep that fails is due again later; statements stay right without it.
}
