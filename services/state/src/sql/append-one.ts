import { int8s, type Param, type Statement } from "@orchestrator/postgres";

import type { AppendEvent, Entry } from "../append.ts";
import { microseconds } from "./columns.ts";

/**
 * Commits one append of one event, as `APPEND` does a batch, without the price of arrays: an executor that runs one run
 * waits a sixth less. No row: refused.
 */
export const APPEND_ONE: Statement<number> = {
  name: "append_one",
  text: `
with u as (
  update state.run r
  set last_seq = $5::int4, status = $6::int2,
    session_id = case when $6::int2 = 2 then r.session_id end,
    wake_at = case when $6::int2 = 3 and $8::int8 > 0 then now() + $8::int8 * interval '1 millisecond' end,
    ended_at = case when $6::int2 > 3 then now() end
  where r.run_id = $1::uuid
    and r.status + 0 = 2
    and r.session_id + 0 = $2::int8
    and r.epoch = $3::int4
    and r.last_seq = $4::int4
    and ($6::int2 = 2 or r.inbox_seq = $7::int4)
  returning r.run_id),
i as (
  insert into state.run_event (run_id, at, digest, seq, kind, version, attempt, form, step, payload)
  select u.run_id, now(), ($9::int8[])[1], $5::int4, $10::int2, $11::int2, $12::int2, $13::int2, $14::text, $15::bytea
  from u)
select (extract(epoch from now()) * 1000000)::int8 from u`,
  row: ([atUs]) => microseconds(atUs),
};

/** The parameters for one append of one event. */
export function appendOneParams(entry: Entry, event: AppendEvent): Param[] {
  return [
    Buffer.from(entry.runId).toString("hex"),
    entry.sessionId,
    entry.epoch,
    entry.fromSeq,
    entry.toSeq,
    entry.status,
    entry.inboxSeq,
    entry.wakeAfterMs,
    int8s([event.digest]),
    event.kind,
    event.version,
    event.attempt,
    event.form,
    event.step,
    event.payload,
  ];
}
