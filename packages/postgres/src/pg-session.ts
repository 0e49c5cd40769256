import type { ClientBase, ClientConfig, QueryResult } from "pg";

import type { Param, Statement } from "./sql.ts";
import type { Connection } from "./transaction.ts";
import { fromWire, toWire } from "./wire-value.ts";

/** The limits of every connection. */
export type SessionLimits = {
  readonly applicationName: string;
  readonly connectTimeoutMs: number;
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
  readonly idleInTransactionTimeoutMs: number;
};

/** How `pg` is told to connect to one host. */
export function clientConfig(
  url: string,
  { limits, settings = {} }: { limits: SessionLimits; settings?: Readonly<Record<string, string>> },
): ClientConfig {
  const options = Object.entries(settings).map(([name, value]) => `-c ${name}=${escaped(value)}`);
  return {
    connectionString: url,
    application_name: limits.applicationName,
    connectionTimeoutMillis: limits.connectTimeoutMs,
    statement_timeout: limits.statementTimeoutMs,
    lock_timeout: limits.lockTimeoutMs,
    idle_in_transaction_session_timeout: limits.idleInTransactionTimeoutMs,
    // The server gives up first, unless the way to it is cut: then nothing else would end the wait.
    query_timeout: limits.statementTimeoutMs + CUT_MARGIN_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    types: { getTypeParser: (oid: number) => fromWire(oid) },
    ...(options.length > 0 && { options: options.join(" ") }),
  };
}

/** One connection of `pg`, which prepares each statement once. */
export class PgSession implements Connection {
  readonly #client: ClientBase;

  constructor(client: ClientBase) {
    this.#client = client;
  }

  async query<R>(statement: Statement<R>, params: readonly Param[] = []): Promise<readonly R[]> {
    const result = await this.#client.query<unknown[]>({
      name: statement.name,
      text: statement.text,
      values: params.map(toWire),
      rowMode: "array",
    });
    return result.rows.map((columns) => statement.row(columns));
  }

  async command(text: string): Promise<string> {
    const result: QueryResult | readonly QueryResult[] = await this.#client.query(text);
    const last = Array.isArray(result) ? result.at(-1) : result;
    return last?.command ?? "";
  }
}

const CUT_MARGIN_MS = 5_000;
const KEEP_ALIVE_MS = 10_000;

function escaped(value: string): string {
  return value.replaceAll(/[\\\s]/g, String.raw`\$&`);
}
