import { int, none, type Statement } from "@orchestrator/postgres";

/** Opens a session; its id comes from a sequence, so that two never share one. $1 is the lease in milliseconds. */
export const OPEN_SESSION: Statement<number> = {
  name: "registry_open_session",
  text: `
insert into registry.session (started_at, expires_at)
values (clock_timestamp(), clock_timestamp() + $1::int8 * interval '1 millisecond')
returning session_id`,
  row: ([id]) => int(id),
};

/** Extends a session that has not expired, by the database's clock (I7); gives no row for one that has. */
export const BEAT_SESSION: Statement<number> = {
  name: "registry_beat_session",
  text: `
update registry.session
set expires_at = clock_timestamp() + $2::int8 * interval '1 millisecond'
where session_id = $1 and expires_at > clock_timestamp()
returning session_id`,
  row: ([id]) => int(id),
};

/** Ends a session, so that nobody waits for its lease. */
export const END_SESSION: Statement<undefined> = {
  name: "registry_end_session",
  text: `update registry.session set expires_at = clock_timestamp() where session_id = $1`,
  row: none,
};
