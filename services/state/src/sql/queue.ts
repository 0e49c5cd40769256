import { float, int, type Statement } from "@orchestrator/postgres";

import type { Queue } from "../sweep.ts";

/** How many runs are ready, counted up to $1, and how long the longest of them has waited; found by `run_claim`. */
export const QUEUE: Statement<Queue> = {
  name: "queue",
  text: `
select count(*), coalesce(greatest(extract(epoch from clock_timestamp() - min(q.ready_at)), 0), 0)
from (select r.ready_at from state.run r where r.status = 1 and r.queue = 1
  order by r.priority desc, r.start_tag, r.run_id limit $1::int4) q`,
  row: ([depth, oldest]) => ({ depth: int(depth), oldestSeconds: float(oldest) }),
};
