import { Client } from "pg";

import { clientConfig, PgSession, type SessionLimits } from "./pg-session.ts";
import type { PrimaryPicker } from "./primary-picker.ts";
import { isUnavailable, mayHaveMoved, sqlStateOf } from "./sql-error.ts";
import type { Lane, Param, Statement } from "./sql.ts";
import { Turns } from "./turns.ts";
import type { WorkScope } from "./work-scope.ts";

/** What a lane needs of its database. */
export type PgLaneOptions = {
  readonly picker: PrimaryPicker;
  readonly limits: SessionLimits;
  readonly settings: Readonly<Record<string, string>>;
  readonly scope: WorkScope;
};

/** A connection of its own, opened by the first statement and again by the first after a failure. */
export class PgLane implements Lane {
  readonly #options: PgLaneOptions;
  readonly #turns = new Turns();
  #connected: { readonly url: string; readonly client: Client } | undefined;
  #open = true;

  constructor(options: PgLaneOptions) {
    this.#options = options;
  }

  async query<R>(statement: Statement<R>, params?: readonly Param[]): Promise<readonly R[]> {
    this.#options.scope.refuseNested();
    return this.#turns.take(async () => {
      const { url, client } = this.#connected ?? (await this.#connect());
      try {
        return await new PgSession(client).query(statement, params);
      } catch (error) {
        if (isUnavailable(error) || sqlStateOf(error) === "0A000") this.#drop(client);
        if (mayHaveMoved(error)) this.#options.picker.mistrust(url);
        throw error;
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#open = false;
    await this.#turns.idle();
    const client = this.#connected?.client;
    this.#connected = undefined;
    await client?.end();
  }

  async #connect(): Promise<{ url: string; client: Client }> {
    if (!this.#open) {
      throw new Error("the lane is closed");
    }
    const { picker, limits, settings } = this.#options;
    const url = await picker.pick();
    const client = await connectTo(url, { picker, limits, settings });
    const connected = { url, client };
    this.#connected = connected;
    client.on("end", () => {
      if (this.#connected === connected) this.#connected = undefined;
    });
    return connected;
  }

  #drop(client: Client): void {
    this.#connected = undefined;
    client.end().catch(ignore);
  }
}

/** Opens one connection to the primary, outside the pool. */
export async function connectTo(
  url: string,
  {
    picker,
    ...config
  }: { picker: PrimaryPicker; limits: SessionLimits; settings?: Readonly<Record<string, string>> },
): Promise<Client> {
  const client = new Client(clientConfig(url, config));
  client.on("error", ignore);
  try {
    await client.connect();
    await picker.prove(client, url);
    return client;
  } catch (error) {
    client.end().catch(ignore);
    if (mayHaveMoved(error)) picker.mistrust(url);
    throw error;
  }
}

function ignore(): void {
  // A connection that breaks is missed by the next statement, which opens another.
}
