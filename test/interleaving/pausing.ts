import type { Statement } from "@orchestrator/postgres";

import { CLAIM_NAMED } from "../../services/state/src/sql/claim-named.ts";
import { CLAIM } from "../../services/state/src/sql/claim.ts";
import { TAKE_OVER } from "../../services/state/src/sql/take-over.ts";
import { WAKE_DUE } from "../../services/state/src/sql/wake-due.ts";
import type { Operation } from "./operation.ts";
import { PAUSE_LOCK } from "./stage.ts";

/**
 * Gives the statements that skip locked rows a pause between their snapshot and their first lock on a run: they wait for
 * nobody, so nothing else would let others commit in between.
 */
export function pausing<R>(statement: Statement<R>): Statement<R> {
  const place = PLACES.get(statement.name);
  if (place === undefined) return statement;
  if (!statement.text.includes(place)) {
    throw new Error(`${statement.name} has no place to pause at any more`);
  }
  const text = statement.text.replace(
    place,
    () => `${place}(select pg_advisory_xact_lock_shared(${PAUSE_LOCK})) is not null and `,
  );
  return { ...statement, name: `${statement.name}_pausing`, text };
}

/** Whether an operation is one that `pausing` knows. */
export function canPause({ skips }: Operation): boolean {
  return skips === true;
}

/** By the name of the statement, what its pause follows: the place where it begins to look for runs. */
const PLACES: ReadonlyMap<string, string> = new Map([
  [CLAIM.name, "select r.run_id from state.run r\n  where "],
  [CLAIM_NAMED.name, "select r.run_id from state.run r\n  where "],
  [WAKE_DUE.name, "select r.run_id from state.run r\n  where "],
  [TAKE_OVER.name, "from state.session s\n  join state.run r on "],
]);
