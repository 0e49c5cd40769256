import { bool, optional, type Statement, text } from "@orchestrator/postgres";

import type { Look } from "../sweep.ts";
import { microseconds } from "./columns.ts";

/**
 * All that an idle replica asks, once a second: the clock, the timeline, and whether there is anything to do. Sessions
 * are few; `session_dead`, `run_timer` and `run_claim` hold only what is asked for.
 */
export const LOOK: Statement<Look> = {
  name: "look",
  text: `
select (extract(epoch from clock_timestamp()) * 1000000)::int8,
  substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8),
  (select (extract(epoch from min(b.expires_at)) * 1000000)::int8 from state.session_beat b where b.state = 1),
  (select (extract(epoch from r.wake_at) * 1000000)::int8 from state.run r
    where r.status = 3 and r.wake_at is not null order by r.wake_at limit 1),
  exists (select from state.session s where s.state = 2),
  exists (select from state.run r where r.status = 1 and r.queue = 1)`,
  row: ([now, timeline, expiry, wake, dead, ready]) => ({
    nowUs: microseconds(now),
    timeline: text(timeline),
    nextExpiryUs: optional(expiry, microseconds),
    nextWakeUs: optional(wake, microseconds),
    deadSessions: bool(dead),
    readyRuns: bool(ready),
  }),
};
