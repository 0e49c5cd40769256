import { none, type Statement } from "@orchestrator/postgres";

/**
 * Gives every live session $1 milliseconds from now, whatever it had: the clock that judged it may be another (I7).
 *
 * One that was heard of just now has them, and keeps the time that its stream knows: else the end of that stream would
 * look as if the session had been heard of elsewhere, and its death would be noticed a whole lease later.
 */
export const GRANT_LEASES: Statement<undefined> = {
  name: "grant_leases",
  text: `
with l as materialized (
  select session_id from state.session_beat where state = 1 order by session_id for no key update)
update state.session_beat b
set expires_at = clock_timestamp() + $1::int8 * interval '1 millisecond'
from l
where b.session_id = l.session_id and b.state = 1
  and b.expires_at not between clock_timestamp() + 0.8 * $1::int8 * interval '1 millisecond'
    and clock_timestamp() + $1::int8 * interval '1 millisecond'`,
  row: none,
};
