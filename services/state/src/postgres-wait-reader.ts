import type { Database } from "@orchestrator/postgres";

import { LIST_WAITS } from "./sql/list-waits.ts";
import type { StoredWait, WaitQuery, WaitReader } from "./wait.ts";

/** Reads waits. */
export class PostgresWaitReader implements WaitReader {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  list(query: WaitQuery): Promise<readonly StoredWait[]> {
    const { namespace, limit, runId, step, beforeWaitId, includeEnded } = query;
    const run = runId === undefined ? null : Buffer.from(runId).toString("hex");
    return this.#db.query(LIST_WAITS, [
      namespace,
      limit,
      run,
      step,
      beforeWaitId ?? null,
      includeEnded,
    ]);
  }
}
