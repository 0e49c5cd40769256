import { type ClientBase, Pool, type PoolClient } from "pg";

import { clientConfig, type SessionLimits } from "./pg-session.ts";
import type { PrimaryPicker } from "./primary-picker.ts";
import { isUnavailable, mayHaveMoved, sqlStateOf } from "./sql-error.ts";
import { overloaded } from "./turns.ts";

/** How many connections a pool keeps, how many more it opens for a while, and who hears of those that break. */
export type PoolOptions = {
  readonly limits: SessionLimits;
  readonly poolSize: number;
  readonly maxOverflow: number;
  readonly onError: (error: unknown) => void;
};

/** Connections to the primary, wherever it is. */
export class PrimaryPool {
  readonly #picker: PrimaryPicker;
  readonly #options: PoolOptions;
  #current: { readonly url: string; readonly pool: Pool } | undefined;
  #open = true;

  constructor(picker: PrimaryPicker, options: PoolOptions) {
    this.#picker = picker;
    this.#options = options;
  }

  /** Lends a connection to the work. After a failure that says so, the primary is looked for again. */
  async lend<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const { url, pool } = await this.#pool();
    if (pool.waitingCount >= MAX_WAITING) {
      throw overloaded(pool.waitingCount);
    }
    let client: PoolClient | undefined;
    try {
      client = await pool.connect();
      const result = await work(client);
      client.release();
      return result;
    } catch (error) {
      client?.release(isBroken(error));
      if (mayHaveMoved(error)) this.#picker.mistrust(url);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#open = false;
    await this.#current?.pool.end();
  }

  async #pool(): Promise<{ url: string; pool: Pool }> {
    const url = await this.#picker.pick();
    if (!this.#open) {
      throw new Error("the database was closed");
    }
    if (this.#current?.url !== url) {
      this.#retire(this.#current?.pool);
      this.#current = { url, pool: this.#openPool(url) };
    }
    return this.#current;
  }

  #openPool(url: string): Pool {
    const { limits, poolSize, maxOverflow, onError } = this.#options;
    // The pool waits for the promise, though its types do not say so.
    const proof = { onConnect: (client: ClientBase) => this.#picker.prove(client, url) };
    const pool = new Pool({
      ...clientConfig(url, { limits }),
      min: poolSize,
      max: poolSize + maxOverflow,
      idleTimeoutMillis: OVERFLOW_IDLE_MS,
      ...proof,
    });
    // Without a listener a connection that breaks while nobody waits for it would end the process.
    pool.on("error", onError);
    pool.on("connect", (client) => {
      client.on("error", ignore);
    });
    return pool;
  }

  /** The pool of a former primary; statements that are under way there fail or end by themselves. */
  #retire(pool: Pool | undefined): void {
    pool?.end().catch(this.#options.onError);
  }
}

const MAX_WAITING = 10_000;
const OVERFLOW_IDLE_MS = 10_000;
/** The connection is as good as before: the statement was cancelled or waited too long for a lock. */
const CONNECTION_STAYS = new Set(["57014", "55P03"]);

/** Whether the connection is of no more use; also when a migration changed what its prepared statements give. */
function isBroken(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === "0A000" || (isUnavailable(error) && !CONNECTION_STAYS.has(state ?? ""));
}

function ignore(): void {
  // The statement that used the connection fails by itself, and the pool drops it.
}
