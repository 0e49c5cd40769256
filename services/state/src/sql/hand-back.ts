import type { Statement } from "@orchestrator/postgres";

import { uuid } from "./columns.ts";

/** Makes all runs ready that the session $1 holds, in the order of ids, as appends lock them; its takeovers stay as they are. */
export const HAND_BACK: Statement<Uint8Array> = {
  name: "hand_back",
  text: `
with l as materialized (
  select r.run_id from state.run r
  where r.session_id = $1::int8 and r.status = 2
  order by r.run_id
  for no key update of r)
update state.run r
set status = 1, session_id = null, epoch = r.epoch + 1, ready_at = now()
from l
where r.run_id = l.run_id
returning r.run_id`,
  row: ([runId]) => uuid(runId),
};
