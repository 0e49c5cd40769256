import {
  type Database,
  isUnavailable,
  type Lane,
  type LaneOptions,
  type Param,
  type Sql,
  type Statement,
} from "@orchestrator/postgres";

import { storeUnavailable } from "./errors.ts";

/** PostgreSQL's own word for a server that does not take statements yet. */
const CANNOT_CONNECT_NOW = "57P03";

/** A database that is there from the start, and usable once its schema is: until then it is like one that is down. */
export class PostgresGate implements Database {
  readonly #db: Database;
  #open = false;

  constructor(db: Database) {
    this.#db = db;
  }

  get driver(): Database["driver"] {
    return this.#db.driver;
  }

  open(): void {
    this.#open = true;
  }

  async query<R>(statement: Statement<R>, params?: readonly Param[]): Promise<readonly R[]> {
    this.#check();
    return this.#db.query(statement, params);
  }

  async transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    this.#check();
    return this.#db.transaction(work);
  }

  async script(text: string): Promise<void> {
    this.#check();
    return this.#db.script(text);
  }

  openLane(options: LaneOptions): Lane {
    const lane = this.#db.openLane(options);
    return {
      query: async (statement, params) => {
        this.#check();
        return lane.query(statement, params);
      },
      [Symbol.asyncDispose]: () => lane[Symbol.asyncDispose](),
    };
  }

  async listen(channel: string, onPayload: (payload: string) => void): Promise<AsyncDisposable> {
    this.#check();
    return this.#db.listen(channel, onPayload);
  }

  /** Whoever opened the database closes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#open = false;
  }

  #check(): void {
    if (!this.#open) {
      throw Object.assign(new Error("the schema is not ready yet"), { code: CANNOT_CONNECT_NOW });
    }
  }
}

/** The database as handlers use it: that it cannot be reached is something that their callers are told. */
export class PostgresForCallers implements Database {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  get driver(): Database["driver"] {
    return this.#db.driver;
  }

  query<R>(statement: Statement<R>, params?: readonly Param[]): Promise<readonly R[]> {
    return told(this.#db.query(statement, params));
  }

  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return told(this.#db.transaction(work));
  }

  script(text: string): Promise<void> {
    return told(this.#db.script(text));
  }

  openLane(options: LaneOptions): Lane {
    return this.#db.openLane(options);
  }

  listen(channel: string, onPayload: (payload: string) => void): Promise<AsyncDisposable> {
    return told(this.#db.listen(channel, onPayload));
  }

  /** Whoever opened the database closes it. */
  async [Symbol.asyncDispose](): Promise<void> {}
}

async function told<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw isUnavailable(error) ? storeUnavailable(error) : error;
  }
}
