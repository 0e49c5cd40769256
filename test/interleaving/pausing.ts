import type { Sql } from "@orchestrator/postgres";

import type { Operation } from "./operation.ts";
import { PAUSE_LOCK } from "./stage.ts";

/**
 * Runs the statements that skip locked rows with a pause between their snapshot and their first lock on a run: they
 * wait for nobody, so nothing else would let others commit in between.
 */
export function pausing(sql: Sql): Sql {
  return {
    async query(statement, params) {
      const place = PLACES.find((each) => statement.text.includes(each));
      if (place === undefined) return sql.query(statement, params);
      const text = statement.text.replace(
        place,
        () => `${place}(select pg_advisory_xact_lock_shared(${PAUSE_LOCK})) is not null and `,
      );
      return sql.query({ ...statement, name: `${statement.name}_pausing`, text }, params);
    },
  };
}

/** Whether an operation is one that `pausing` knows. */
export function canPause({ skips }: Operation): boolean {
  return skips === true;
}

const PLACES = [
  "select r.run_id from state.run r\n  where ",
  "select r.run_id from state.session s\n  join state.run r on ",
];
