import type { Statement } from "@orchestrator/postgres";

import type { Event } from "../event.ts";
import { EVENT_COLUMNS, eventRow } from "./event-row.ts";

/** Events of the run $1 past $2, in order, at most $3, and no more once $4 bytes of payload are reached; found by the key. */
export const READ_EVENTS: Statement<Event> = {
  name: "read_events",
  text: `
select ${EVENT_COLUMNS} from (
  select e.*, sum(length(e.payload)) over (order by e.seq rows between unbounded preceding and 1 preceding) as bytes_before
  from (
    select * from state.run_event e
    where e.run_id = $1::uuid and e.seq > $2::int4
    order by e.seq
    limit $3::int4) e) e
where coalesce(e.bytes_before, 0) < $4::int8
order by e.seq`,
  row: eventRow,
};
