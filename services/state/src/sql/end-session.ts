import { int, type Statement } from "@orchestrator/postgres";

/** Ends the session $1 on its own request, one way like its death; no row when it was dead already. */
export const END_SESSION: Statement<number> = {
  name: "end_session",
  text: `
with b as (
  update state.session_beat set state = 2
  where session_id = $1::int8 and state = 1
  returning session_id)
update state.session s set state = 2
from b
where s.session_id = b.session_id and s.state = 1
returning s.session_id`,
  row: ([sessionId]) => int(sessionId),
};
