import { array, int, optional, type Statement, text, time } from "@orchestrator/postgres";

import type { Session } from "../session.ts";

/** Sessions before the number $2 (0: all), the newest first, at most $1; $3: dead ones too. */
export const LIST_SESSIONS: Statement<Session> = {
  name: "list_sessions",
  text: `
select s.session_id, s.executor, s.state, s.offers, s.capacity, s.created_at, b.expires_at,
  (select count(*) from state.run r where r.session_id = s.session_id and r.status = 2)
from state.session s
left join state.session_beat b on b.session_id = s.session_id
where ($2::int8 = 0 or s.session_id < $2::int8)
  and ($3::bool or s.state = 1)
order by s.session_id desc
limit $1::int4`,
  row: ([sessionId, executor, state, offers, capacity, createdAt, expiresAt, held]) => ({
    sessionId: int(sessionId),
    executor: text(executor),
    live: int(state) === 1,
    offers: array(offers, text),
    capacity: int(capacity),
    createdAt: time(createdAt),
    expiresAt: optional(expiresAt, time),
    heldRuns: int(held),
  }),
};
