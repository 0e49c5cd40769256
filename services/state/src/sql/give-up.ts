import { int, type Statement } from "@orchestrator/postgres";

import { JUDGED } from "./take-over.ts";

/**
 * Takes runs $1 from their holder, which says that it cannot run them. It is counted like a death of the holder, so that
 * what nobody can run is quarantined (I10); events of the kinds $2 are no progress. Gives the status of each run.
 *
 * `LOCK_HOLDINGS` comes before it in the same transaction and says which runs these are. A statement that waits for an
 * append and then goes on does not see what it appended, so one alone could not count it; nor may it leave the run for
 * the next time, since nobody gives it up again.
 */
export const GIVE_UP: Statement<number> = {
  name: "give_up",
  text: `
with p as materialized (
  select a.run_id, (
    select coalesce(max(e.seq), 1) from state.run_event e
    where e.run_id = a.run_id and e.kind <> all ($2::int2[])) as seq
  from unnest($1::uuid[]) as a (run_id))${JUDGED}`,
  row: ([status]) => int(status),
};
