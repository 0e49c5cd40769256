import { type Database, int4s, uuids } from "@orchestrator/postgres";

import type { Event, Head, RunQuery, RunReader, Snapshot, SnapshotStore } from "./event.ts";
import type { Run } from "./run.ts";
import { arrayLiteral } from "./sql/columns.ts";
import { GET_RUN } from "./sql/get-run.ts";
import { GET_SNAPSHOT } from "./sql/get-snapshot.ts";
import { LIST_RUNS, listRunsParams } from "./sql/list-runs.ts";
import { PUT_SNAPSHOT } from "./sql/put-snapshot.ts";
import { READ_EVENTS } from "./sql/read-events.ts";
import { RUN_HEADS } from "./sql/run-heads.ts";
import { UNMET_REQUIRES } from "./sql/unmet-requires.ts";
import { WATCHED_EVENTS } from "./sql/watched-events.ts";

/** Reads runs and their events, and keeps their folds. */
export class PostgresRunReader implements RunReader, SnapshotStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async run(runId: Uint8Array, namespace: string): Promise<Run | undefined> {
    const [run] = await this.#db.query(GET_RUN, [hex(runId), namespace]);
    return run;
  }

  async unmet(requires: readonly string[]): Promise<readonly string[]> {
    if (requires.length === 0) return [];
    const [missing] = await this.#db.query(UNMET_REQUIRES, [arrayLiteral(requires)]);
    return missing ?? requires;
  }

  async list(query: RunQuery): Promise<readonly Run[]> {
    return this.#db.query(LIST_RUNS, listRunsParams(query));
  }

  async heads(runIds: readonly Uint8Array[]): Promise<readonly Head[]> {
    return this.#db.query(RUN_HEADS, [uuids(runIds)]);
  }

  async events({
    runId,
    afterSeq,
    limit,
    maxBytes,
  }: Parameters<RunReader["events"]>[0]): Promise<readonly Event[]> {
    return this.#db.query(READ_EVENTS, [hex(runId), afterSeq, limit, maxBytes]);
  }

  async eventsOf(
    runs: readonly { readonly runId: Uint8Array; readonly afterSeq: number }[],
    limit: number,
  ): ReturnType<RunReader["eventsOf"]> {
    return this.#db.query(WATCHED_EVENTS, [
      uuids(runs.map(({ runId }) => runId)),
      int4s(runs.map(({ afterSeq }) => afterSeq)),
      limit,
    ]);
  }

  async put(runId: Uint8Array, { uptoSeq, version, fold }: Snapshot): Promise<void> {
    await this.#db.query(PUT_SNAPSHOT, [hex(runId), uptoSeq, version, fold]);
  }

  async get(runId: Uint8Array, version: number): Promise<Snapshot | undefined> {
    const [snapshot] = await this.#db.query(GET_SNAPSHOT, [hex(runId), version]);
    return snapshot;
  }
}

function hex(runId: Uint8Array): string {
  return Buffer.from(runId).toString("hex");
}
