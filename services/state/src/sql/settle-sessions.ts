import { int, type Statement } from "@orchestrator/postgres";

/**
 * Lets go of dead sessions that hold no run, so that the sweep does not visit them for ever. A dead session gets no
 * run any more, so what holds none now never will.
 */
export const SETTLE_SESSIONS: Statement<number> = {
  name: "settle_sessions",
  text: `
with s as (
  update state.session s set state = 3
  where s.state = 2
    and not exists (select from state.run r where r.session_id = s.session_id and r.status = 2)
  returning s.session_id)
delete from state.session_beat b using s where b.session_id = s.session_id
returning b.session_id`,
  row: ([sessionId]) => int(sessionId),
};
