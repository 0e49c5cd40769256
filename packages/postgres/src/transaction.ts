import { isSerializationFailure } from "./sql-error.ts";
import type { Param, Sql, Statement } from "./sql.ts";
import type { WorkScope } from "./work-scope.ts";

/** One connection, as a transaction needs it. */
export interface Connection extends Sql {
  /** Runs a text without parameters, and says what its last command was: `COMMIT`. */
  command(text: string): Promise<string>;
}

/** Runs the work between `begin` and `commit` on one connection. */
export async function inTransaction<T>(
  connection: Connection,
  { scope, work }: { scope: WorkScope; work: (sql: Sql) => Promise<T> },
): Promise<T> {
  const sql = new TransactionSql(connection);
  await connection.command("begin");
  let result: T;
  try {
    result = await scope.run(() => work(sql));
  } catch (error) {
    await rollBack(connection);
    throw error;
  } finally {
    sql.close();
  }
  const outcome = await connection.command("commit");
  if (outcome !== "COMMIT") {
    throw Object.assign(
      new Error("the transaction was rolled back, for one of its statements failed"),
      { code: "25P02" },
    );
  }
  return result;
}

/** Runs an attempt again while the database asks for it (40001, 40P01), a few times at most. */
export async function retryWhole<T>(
  attempt: () => Promise<T>,
  random: () => number = Math.random,
): Promise<T> {
  for (let failures = 0; ; failures += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!isSerializationFailure(error) || failures >= MAX_RETRIES) {
        throw error;
      }
      await new Promise((resolve) =>
        setTimeout(resolve, random() * FIRST_PAUSE_MS * 2 ** failures),
      );
    }
  }
}

const MAX_RETRIES = 8;
const FIRST_PAUSE_MS = 4;

class TransactionSql implements Sql {
  readonly #connection: Connection;
  #open = true;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async query<R>(statement: Statement<R>, params?: readonly Param[]): Promise<readonly R[]> {
    if (!this.#open) {
      throw new Error("the transaction is over");
    }
    return this.#connection.query(statement, params);
  }

  close(): void {
    this.#open = false;
  }
}

async function rollBack(connection: Connection): Promise<void> {
  try {
    await connection.command("rollback");
  } catch {
    // The connection is lost, and the transaction with it; the error that led here says more.
  }
}
