import type { Sql } from "@orchestrator/postgres";

import type { AppendStore, Entry } from "./append.ts";
import { WAIT_ANSWERED_KIND, WAIT_STARTED_KIND } from "./event-kinds.ts";
import { APPEND_ONE, appendOneParams } from "./sql/append-one.ts";
import { APPEND_VERDICTS, verdictParams } from "./sql/append-verdicts.ts";
import { APPEND, APPEND_WAITS, appendParams } from "./sql/append.ts";
import { troubleOf } from "./sql/trouble.ts";

/** Commits appends over a connection of its own. */
export class PostgresAppendStore implements AppendStore {
  readonly #lane: Sql;

  constructor(lane: Sql) {
    this.#lane = lane;
  }

  async append(batch: readonly Entry[]): ReturnType<AppendStore["append"]> {
    try {
      const alone = batch.length === 1 ? batch[0] : undefined;
      if (batch.some(hasWaits)) {
        return await this.#appendAll(batch, APPEND_WAITS);
      }
      return alone?.toSeq === (alone?.fromSeq ?? 0) + 1 && alone !== undefined
        ? await this.#appendOne(alone)
        : await this.#appendAll(batch);
    } catch (error) {
      return troubleOf(error);
    }
  }

  async look(refused: readonly Entry[]): ReturnType<AppendStore["look"]> {
    try {
      return {
        kind: "done",
        looks: await this.#lane.query(APPEND_VERDICTS, verdictParams(refused)),
      };
    } catch (error) {
      return troubleOf(error);
    }
  }

  async #appendOne(entry: Entry) {
    const [event] = entry.appends.flatMap(({ events }) => events);
    if (event === undefined) {
      throw new Error("an append has no event");
    }
    const [atUs] = await this.#lane.query(APPEND_ONE, appendOneParams(entry, event));
    return {
      kind: "done" as const,
      atUs: atUs ?? 0,
      refused: atUs === undefined ? [entry.runId] : [],
    };
  }

  async #appendAll(batch: readonly Entry[], statement = APPEND) {
    let atUs = 0;
    const refused: Uint8Array[] = [];
    const kinds = statement === APPEND ? [] : [WAIT_STARTED_KIND, WAIT_ANSWERED_KIND];
    const params = [...appendParams(batch), ...kinds];
    for (const row of await this.#lane.query(statement, params)) {
      if ("refused" in row) refused.push(row.refused);
      else atUs = row.atUs;
    }
    return { kind: "done" as const, atUs, refused };
  }
}

function hasWaits({ appends }: Entry): boolean {
  return appends.some(({ events }) =>
    events.some(({ kind }) => kind === WAIT_STARTED_KIND || kind === WAIT_ANSWERED_KIND),
  );
}
