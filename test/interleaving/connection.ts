import { Socket } from "node:net";

import type { Param, Sql, Statement } from "@orchestrator/postgres";
import { Client } from "pg";

import { PgSession } from "../../packages/postgres/src/pg-session.ts";
import { fromWire } from "../../packages/postgres/src/wire-value.ts";
import { LANE_SETTINGS } from "../../services/state/src/sql/lane-settings.ts";
import type { Mutate } from "./mutants.ts";

/** A connection on which a transaction stays open for as long as a schedule wants. */
export class Connection implements Sql, AsyncDisposable {
  readonly pid: number;
  readonly #client: Client;
  readonly #session: PgSession;
  readonly #socket: Socket;
  readonly #mutate: Mutate;

  private constructor(
    client: Client,
    { pid, socket, mutate }: { pid: number; socket: Socket; mutate: Mutate },
  ) {
    this.pid = pid;
    this.#client = client;
    this.#socket = socket;
    this.#session = new PgSession(client);
    this.#mutate = mutate;
  }

  static async open(url: string, mutate: Mutate): Promise<Connection> {
    const settings = Object.entries({ ...LANE_SETTINGS, ...SETTINGS });
    const socket = new Socket();
    const client = new Client({
      stream: () => socket,
      connectionString: url,
      options: settings.map(([name, value]) => `-c ${name}=${value}`).join(" "),
      types: { getTypeParser: (oid: number) => fromWire(oid) },
    });
    // A schedule that cuts it sees that the statement fails.
    client.on("error", () => undefined);
    await client.connect();
    const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
    return new Connection(client, { pid: rows[0]?.pid ?? 0, socket, mutate });
  }

  async query<R>(statement: Statement<R>, params?: readonly Param[]): Promise<readonly R[]> {
    return this.#session.query(this.#mutate(statement), params);
  }

  /** Statements with something put into them, after what the mutant took out. */
  altered(alter: Mutate): Sql {
    return {
      query: async (statement, params) =>
        this.#session.query(alter(this.#mutate(statement)), params),
    };
  }

  /** Runs a text without parameters, and says what its last command was. */
  async command(text: string): Promise<string> {
    return this.#session.command(text);
  }

  /** Cuts the connection, whatever is under way on it. */
  cut(): void {
    this.#socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.end();
  }
}

/** Nobody cuts the power here, and what waits for itself is to be seen soon. */
const SETTINGS = { synchronous_commit: "off", deadlock_timeout: "100ms" };
