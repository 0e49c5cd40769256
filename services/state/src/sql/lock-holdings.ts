import type { Statement } from "@orchestrator/postgres";

import { uuid } from "./columns.ts";

/**
 * Locks those of the runs $2 that the session $1 holds, each under the epoch in $3 (I2), in the order of ids, as appends
 * do. What is appended to a run before it is locked, the next statement of the transaction sees.
 */
export const LOCK_HOLDINGS: Statement<Uint8Array> = {
  name: "lock_holdings",
  text: `
select r.run_id from unnest($2::uuid[], $3::int4[]) as a (run_id, epoch)
join state.run r on r.run_id = a.run_id
where r.status + 0 = 2
  and r.session_id + 0 = $1::int8
  and r.epoch = a.epoch
order by r.run_id
for no key update of r`,
  row: ([runId]) => uuid(runId),
};
