import { connectionUrls } from "./connection-urls.ts";
import { PgLane } from "./pg-lane.ts";
import { PgListener } from "./pg-listener.ts";
import { PgSession, type SessionLimits } from "./pg-session.ts";
import { PrimaryPicker } from "./primary-picker.ts";
import { PrimaryPool } from "./primary-pool.ts";
import type { Database, Lane, LaneOptions, Param, Sql, Statement } from "./sql.ts";
import { inTransaction, retryWhole } from "./transaction.ts";
import { WorkScope } from "./work-scope.ts";

/** Where a PostgreSQL server is and how much of it is used. */
export type PostgresOptions = {
  /** One address, or several of which the primary is found: in a list, with commas between, or with several hosts. */
  readonly url: string | readonly string[];
  readonly applicationName?: string;
  /** Connections that are kept. */
  readonly poolSize?: number;
  /** Connections more than that, opened under load and closed after it. */
  readonly maxOverflow?: number;
  readonly connectTimeoutMs?: number;
  readonly statementTimeoutMs?: number;
  readonly lockTimeoutMs?: number;
  readonly idleInTransactionTimeoutMs?: number;
  /** Hears of connections that broke while no statement waited for them. */
  readonly onError?: (error: unknown) => void;
  readonly random?: () => number;
};

/**
 * Opens a PostgreSQL server. The first statement connects; while the server is down statements fail with what
 * `isUnavailable` knows, and when it is back they succeed again.
 */
export async function openPostgres(options: PostgresOptions): Promise<Database> {
  return new PostgresDatabase(options);
}

class PostgresDatabase implements Database {
  readonly driver = "pg";
  readonly #limits: SessionLimits;
  readonly #picker: PrimaryPicker;
  readonly #pool: PrimaryPool;
  readonly #listener: PgListener;
  readonly #scope = new WorkScope();
  readonly #random: () => number;

  constructor({
    url,
    applicationName = "orchestrator",
    poolSize = 10,
    maxOverflow = 5,
    connectTimeoutMs = 5_000,
    statementTimeoutMs = 30_000,
    lockTimeoutMs = 10_000,
    idleInTransactionTimeoutMs = 30_000,
    onError = ignore,
    random = Math.random,
  }: PostgresOptions) {
    const limits = {
      applicationName,
      connectTimeoutMs,
      statementTimeoutMs,
      lockTimeoutMs,
      idleInTransactionTimeoutMs,
    };
    this.#limits = limits;
    this.#picker = new PrimaryPicker(connectionUrls(url), limits);
    this.#pool = new PrimaryPool(this.#picker, { limits, poolSize, maxOverflow, onError });
    this.#listener = new PgListener({ picker: this.#picker, limits, onError, random });
    this.#random = random;
  }

  async query<R>(statement: Statement<R>, params?: readonly Param[]): Promise<readonly R[]> {
    this.#scope.refuseNested();
    return this.#pool.lend((client) => new PgSession(client).query(statement, params));
  }

  async transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    this.#scope.refuseNested();
    return retryWhole(
      () =>
        this.#pool.lend((client) =>
          inTransaction(new PgSession(client), { scope: this.#scope, work }),
        ),
      this.#random,
    );
  }

  async script(text: string): Promise<void> {
    this.#scope.refuseNested();
    await this.#pool.lend((client) => {
      const session = new PgSession(client);
      return inTransaction(session, { scope: this.#scope, work: () => session.command(text) });
    });
  }

  openLane({ settings }: LaneOptions): Lane {
    return new PgLane({
      picker: this.#picker,
      limits: this.#limits,
      settings,
      scope: this.#scope,
    });
  }

  async listen(channel: string, onPayload: (payload: string) => void): Promise<AsyncDisposable> {
    this.#scope.refuseNested();
    return this.#listener.listen(channel, onPayload);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listener.close();
    await this.#pool.close();
  }
}

function ignore(): void {
  // Who opens the database may want to count broken connections; statements fail or recover without it.
}
