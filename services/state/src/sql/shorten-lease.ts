import { int, type Statement } from "@orchestrator/postgres";

/**
 * Lets the session $1 live for no longer than $3 milliseconds, since its stream of heartbeats ended; but not when
 * another replica has heard of it since this one set `expires_at` to $2 (microseconds since 1970).
 */
export const SHORTEN_LEASE: Statement<number> = {
  name: "shorten_lease",
  text: `
update state.session_beat
set expires_at = least(expires_at, clock_timestamp() + $3::int8 * interval '1 millisecond')
where session_id = $1::int8
  and state = 1
  and (extract(epoch from expires_at) * 1000000)::int8 = $2::int8
returning session_id`,
  row: ([sessionId]) => int(sessionId),
};
