import { int, type Statement } from "@orchestrator/postgres";

/**
 * Declares the session $1 dead, one way: the beat row first, if it is still live and expired, so that a heartbeat that
 * waits for it finds it dead; then the session row, which waits for claims that hold it.
 */
export const DECLARE_DEAD: Statement<number> = {
  name: "declare_dead",
  text: `
with b as (
  update state.session_beat set state = 2
  where session_id = $1::int8
    and state = 1
    and expires_at < clock_timestamp()
  returning session_id)
update state.session s set state = 2
from b
where s.session_id = b.session_id and s.state = 1
returning s.session_id`,
  row: ([sessionId]) => int(sessionId),
};
