import { type Database, none, type Statement } from "@orchestrator/postgres";

import type { HintBus } from "./hints.ts";

const CHANNEL = "orchestrator_state";

const NOTIFY: Statement<undefined> = {
  name: "notify_hint",
  text: `select pg_notify('${CHANNEL}', $1::text) is null`,
  row: none,
};

/** Hints by NOTIFY, where there is no Redis. */
export class PostgresHintBus implements HintBus {
  readonly #db: Database;
  #listening: AsyncDisposable | undefined;

  constructor(db: Database) {
    this.#db = db;
  }

  async send(payload: string): Promise<void> {
    await this.#db.query(NOTIFY, [payload]);
  }

  async listen(onPayload: (payload: string) => void): Promise<void> {
    this.#listening = await this.#db.listen(CHANNEL, onPayload);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listening?.[Symbol.asyncDispose]();
  }
}
