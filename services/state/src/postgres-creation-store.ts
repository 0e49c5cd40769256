import type { Sql } from "@orchestrator/postgres";

import type { Creation, CreationStore, NewRun } from "./creation.ts";
import { RUN_CREATED_KIND } from "./event-kinds.ts";
import { CREATE_RUNS, createParams } from "./sql/create-runs.ts";
import { EARLIER_RUNS, earlierParams } from "./sql/earlier-runs.ts";
import { troubleOf } from "./sql/trouble.ts";

/** Creates runs over a connection of its own. */
export class PostgresCreationStore implements CreationStore {
  readonly #lane: Sql;

  constructor(lane: Sql) {
    this.#lane = lane;
  }

  async create(batch: readonly NewRun[]): ReturnType<CreationStore["create"]> {
    try {
      let atUs = 0;
      const notCreated: Uint8Array[] = [];
      const notAssigned: Uint8Array[] = [];
      const params = createParams(batch, RUN_CREATED_KIND);
      for (const row of await this.#lane.query(CREATE_RUNS, params)) {
        if (row.kind === "at") atUs = row.atUs;
        else if (row.kind === "not_created") notCreated.push(row.runId);
        else notAssigned.push(row.runId);
      }
      return { kind: "done", atUs, notCreated, notAssigned };
    } catch (error) {
      return troubleOf(error);
    }
  }

  async earlier(
    requests: readonly Pick<Creation, "namespace" | "requestId">[],
  ): ReturnType<CreationStore["earlier"]> {
    try {
      return { kind: "done", runs: await this.#lane.query(EARLIER_RUNS, earlierParams(requests)) };
    } catch (error) {
      return troubleOf(error);
    }
  }
}
