import type { Statement } from "@orchestrator/postgres";

import { uuid } from "./columns.ts";

/** Wakes suspended runs whose time has come by the database's clock (I7), at most $1, the longest overdue first; found by `run_timer`. */
export const WAKE_DUE: Statement<Uint8Array> = {
  name: "wake_due",
  text: `
with d as materialized (
  select r.run_id from state.run r
  where r.status = 3 and r.wake_at <= clock_timestamp()
  order by r.wake_at
  limit $1::int4
  for no key update skip locked)
update state.run r
set status = 1, wake_at = null, ready_at = now()
from d
where r.run_id = d.run_id
returning r.run_id`,
  row: ([runId]) => uuid(runId),
};
