import type { Statement } from "@orchestrator/postgres";

import type { Event } from "../event.ts";
import { uuid } from "./columns.ts";
import { EVENT_COLUMNS, eventRow } from "./event-row.ts";

/** Events of the runs $1, each past its number in $2, in order within a run, at most $3 of each; found by the key. */
export const WATCHED_EVENTS: Statement<{ readonly runId: Uint8Array; readonly event: Event }> = {
  name: "watched_events",
  text: `
select a.run_id, ${EVENT_COLUMNS}
from unnest($1::uuid[], $2::int4[]) as a (run_id, after_seq)
join lateral (
  select * from state.run_event e
  where e.run_id = a.run_id and e.seq > a.after_seq
  order by e.seq
  limit $3::int4) e on true`,
  row: ([runId, ...event]) => ({ runId: uuid(runId), event: eventRow(event) }),
};
