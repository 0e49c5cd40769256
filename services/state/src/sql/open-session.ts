import { int, type Statement } from "@orchestrator/postgres";

/** Opens a session ($1 executor, $2 offers, $3 capacity) that lives for $4 milliseconds. Its number is from a sequence. */
export const OPEN_SESSION: Statement<number> = {
  name: "open_session",
  text: `
with s as (
  insert into state.session (executor, offers, capacity)
  values ($1::text, coalesce($2::text[], '{}'), $3::int4)
  returning session_id)
insert into state.session_beat (session_id, expires_at)
select s.session_id, clock_timestamp() + $4::int8 * interval '1 millisecond' from s
returning session_id`,
  row: ([sessionId]) => int(sessionId),
};
