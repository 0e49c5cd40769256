import type { Statement } from "@orchestrator/postgres";

import { uuid } from "./columns.ts";

/**
 * Makes runs $2 ready that the session $1 gives back, each under the epoch in $3 that it was held under (I2). The epoch
 * grows, so a late append of the session is refused. Locked in the order of ids, as appends do.
 */
export const RELEASE: Statement<Uint8Array> = {
  name: "release",
  text: `
with l as materialized (
  select r.run_id from unnest($2::uuid[], $3::int4[]) as a (run_id, epoch)
  join state.run r on r.run_id = a.run_id
  where r.status + 0 = 2
    and r.session_id + 0 = $1::int8
    and r.epoch = a.epoch
  order by r.run_id
  for no key update of r)
update state.run r
set status = 1, session_id = null, epoch = r.epoch + 1, ready_at = now()
from l
where r.run_id = l.run_id
returning r.run_id`,
  row: ([runId]) => uuid(runId),
};
