import { none, type Statement } from "@orchestrator/postgres";

/**
 * Lets the lease of every live session end; the sweep then declares them dead as any other. Locked in the order of their
 * numbers, as heartbeats do: some may come meanwhile.
 */
export const EXPIRE_LEASES: Statement<undefined> = {
  name: "expire_leases",
  text: `
with l as materialized (
  select session_id from state.session_beat where state = 1 order by session_id for no key update)
update state.session_beat b
set expires_at = clock_timestamp() - interval '1 second'
from l
where b.session_id = l.session_id`,
  row: none,
};
