import type { ArrayParam } from "./array-param.ts";

/** What a placeholder may stand for. */
export type Param = string | number | bigint | boolean | null | Uint8Array | ArrayParam;

/** One SQL statement: its text, the name that it is prepared under, and how one of its rows is read. */
export type Statement<R> = {
  /** Unique for the text; a connection prepares it once. */
  readonly name: string;
  readonly text: string;
  /** Reads a row, its columns in the order of the text. */
  readonly row: (columns: readonly unknown[]) => R;
};

/** Where statements run: a database, a transaction of it, or a lane. */
export interface Sql {
  query<R>(statement: Statement<R>, params?: readonly Param[]): Promise<readonly R[]>;
}

/** A connection of its own, for statements that come one after the other. It is opened again after a failure. */
export interface Lane extends Sql, AsyncDisposable {}

/** What a lane is told. */
export type LaneOptions = {
  /** Settings of its session, such as `{ jit: "off" }`. */
  readonly settings: Readonly<Record<string, string>>;
};

/** A PostgreSQL database, whatever drives it. */
export interface Database extends Sql, AsyncDisposable {
  readonly driver: "pg" | "pglite";
  /**
   * Runs the work in one transaction, again as a whole when the database asks for it (40001, 40P01); so the work has
   * no effect but through its `sql`. Using the database itself within the work is refused.
   */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** Runs a text of several statements, within a transaction of its own. */
  script(text: string): Promise<void>;
  openLane(options: LaneOptions): Lane;
  /** Calls back for every notification on a channel, until it is disposed; lost ones are not made up for. */
  listen(channel: string, onPayload: (payload: string) => void): Promise<AsyncDisposable>;
}
