import { int, type Statement } from "@orchestrator/postgres";

/** Live sessions whose lease is over by the database's clock. */
export const EXPIRED_SESSIONS: Statement<number> = {
  name: "expired_sessions",
  text: `select session_id from state.session_beat where state = 1 and expires_at < clock_timestamp()`,
  row: ([sessionId]) => int(sessionId),
};
