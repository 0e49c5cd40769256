import { bytes, int, optional, type Statement, text, time } from "@orchestrator/postgres";

import type { StoredWait } from "../wait.ts";
import { uuid } from "./columns.ts";

/**
 * Waits of namespace $1, the newest first, at most $2: of run $3 or any, of step $4 or any, before number $5 or any; with
 * $6 also ended ones and those of ended runs. Found by `wait_open`, those of a run by its key.
 */
export const LIST_WAITS: Statement<StoredWait> = {
  name: "list_waits",
  text: `
select w.wait_id, w.run_id, r.pipeline, w.step, w.attempt, w.form, w.payload, w.created_at, w.ended_at
from state.wait w
join state.run r on r.run_id = w.run_id
where w.namespace = $1::text
  and ($6::bool or (w.ended_at is null and r.status in (1, 2, 3, 7)))
  and ($3::uuid is null or w.run_id = $3::uuid)
  and ($4::text = '' or w.step = $4::text)
  and ($5::int8 is null or w.wait_id < $5::int8)
order by w.wait_id desc
limit $2::int4`,
  row: ([waitId, runId, pipeline, step, attempt, form, payload, createdAt, endedAt]) => ({
    waitId: int(waitId),
    runId: uuid(runId),
    pipeline: text(pipeline),
    step: text(step),
    attempt: int(attempt),
    form: int(form),
    payload: bytes(payload),
    createdAt: time(createdAt),
    endedAt: optional(endedAt, time),
  }),
};
