import type { Statement } from "@orchestrator/postgres";

import { uuid } from "./columns.ts";

/**
 * Makes runs $2 ready that were assigned to the session $1 and not taken up, as `RELEASE` does. A run that has a newer
 * event than $4 was taken up after all, over a link to another replica.
 */
export const TAKE_BACK: Statement<Uint8Array> = {
  name: "take_back",
  text: `
with l as materialized (
  select r.run_id from unnest($2::uuid[], $3::int4[], $4::int4[]) as a (run_id, epoch, last_seq)
  join state.run r on r.run_id = a.run_id
  where r.status + 0 = 2
    and r.session_id + 0 = $1::int8
    and r.epoch = a.epoch
    and r.last_seq = a.last_seq
  order by r.run_id
  for no key update of r)
update state.run r
set status = 1, session_id = null, epoch = r.epoch + 1, ready_at = now()
from l
where r.run_id = l.run_id
returning r.run_id`,
  row: ([runId]) => uuid(runId),
};
