import { int, type Statement } from "@orchestrator/postgres";

import { JUDGED } from "./take-over.ts";

/**
 * Takes runs $2 from the session $1, each under the epoch in $3, that it says it cannot run (I2). It is counted like a
 * death of the holder, so that what nobody can run is quarantined (I10); events of the kinds $4 are no progress. Locked
 * in the order of ids, as appends do. Gives the status of each run.
 */
export const GIVE_UP: Statement<number> = {
  name: "give_up",
  text: `
with d as materialized (
  select r.run_id, r.last_seq from unnest($2::uuid[], $3::int4[]) as a (run_id, epoch)
  join state.run r on r.run_id = a.run_id
  where r.status + 0 = 2
    and r.session_id + 0 = $1::int8
    and r.epoch = a.epoch
  order by r.run_id
  for no key update of r),
p as materialized (
  select d.run_id, (
    select coalesce(max(e.seq), 1) from state.run_event e
    where e.run_id = d.run_id and e.kind <> all ($4::int2[])) as seq
  from d
  where exists (select from state.run_event e where e.run_id = d.run_id and e.seq = d.last_seq))${JUDGED}`,
  row: ([status]) => int(status),
};
