import type { Database } from "@orchestrator/postgres";

import type { BlobPage, RetentionStore } from "./retention.ts";
import { BLOB_NAMESPACES } from "./sql/blob-namespaces.ts";
import { COLLECT_BLOBS } from "./sql/collect-blobs.ts";
import { REMOVE_RUNS } from "./sql/remove-runs.ts";

/** Runs that one transaction removes, and their events. */
const RUNS = 200;
const EVENTS = 5_000;
/** Blobs that one statement looks at. */
const BLOBS = 500;

/** Removes from the tables. */
export class PostgresRetentionStore implements RetentionStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async removeRuns(days: number): Promise<number> {
    const [removed = 0] = await this.#db.query(REMOVE_RUNS, [days, RUNS, EVENTS]);
    return removed;
  }

  async blobNamespaces(): Promise<readonly string[]> {
    return this.#db.query(BLOB_NAMESPACES);
  }

  async collectBlobs(namespace: string, after: Uint8Array): Promise<BlobPage> {
    const [page] = await this.#db.query(COLLECT_BLOBS, [namespace, after, BLOBS]);
    return page ?? { last: undefined, removed: 0 };
  }
}
