import { text } from "./columns.ts";
import type { Statement } from "./sql.ts";
import type { Connection } from "./transaction.ts";

/**
 * Does what autovacuum does in a server, which an embedded engine lacks: without it dead rows would pile up, and
 * prepared statements would keep the plans that were right for empty tables.
 */
export class PgliteUpkeep {
  readonly #connection: Connection;
  #turns = 0;
  #dueAt = FIRST_AT;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Counts one more use of the database, and says whether it is time again: often while it is small, seldom later. */
  isDue(): boolean {
    this.#turns += 1;
    if (this.#turns < this.#dueAt) return false;
    this.#dueAt = this.#turns + Math.min(LONGEST, this.#turns * 3);
    return true;
  }

  /** Takes a few milliseconds for a table, outside any transaction. */
  async run(): Promise<void> {
    const tables = await this.#connection.query(TABLES);
    if (tables.length > 0) {
      await this.#connection.command(`vacuum (analyze) ${tables.join(", ")}`);
    }
  }
}

const FIRST_AT = 500;
const LONGEST = 50_000;

const TABLES: Statement<string> = {
  name: "pglite_upkeep_tables",
  text: `select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'`,
  row: ([name]) => text(name),
};
