import { array, int, type Statement, text } from "@orchestrator/postgres";

import type { LiveSession } from "../assignment.ts";

/** The session $1, if it lives. */
export const LIVE_SESSION: Statement<LiveSession> = {
  name: "live_session",
  text: `select session_id, offers from state.session where session_id = $1::int8 and state = 1`,
  row: ([sessionId, offers]) => ({
    sessionId: int(sessionId),
    offers: new Set(array(offers, text)),
  }),
};
