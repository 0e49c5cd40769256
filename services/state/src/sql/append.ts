import { byteas, int2s, int4s, int8s, type Statement, texts, uuids } from "@orchestrator/postgres";
import type { Param } from "@orchestrator/postgres";

import type { Entry } from "../append.ts";
import { microseconds, uuidOrNone } from "./columns.ts";

/** Either when the batch was committed, or a run whose append was refused. */
export type AppendRow = { readonly atUs: number } | { readonly refused: Uint8Array };

const EVENTS = `unnest($9::uuid[], $10::int8[], $11::int4[], $12::int2[], $13::int2[], $14::int2[], $15::int2[], $16::text[], $17::bytea[])
    as e (run_id, digest, seq, kind, version, attempt, form, step, payload)`;

/**
 * Commits a batch of appends: updates the runs that may be appended to, and inserts the events of these.
 *
 * I2 and I3 are the conditions of the update, each a line of its own. After a wait for a row they are checked again on
 * its newest version, so of two writers of one (epoch, last_seq) one matches. Runs are locked in the order of the
 * arrays, which the caller sorts: the plan is function scan, nested loop, `run_pkey`. `+ 0` keeps the planner off
 * `run_held`, and `(x in (select …)) is true` makes a hashed subplan of what would be a loop of n × n.
 */
export const APPEND: Statement<AppendRow> = { name: "append", text: textWith(""), row: rowOf };

/**
 * The same for a batch with events that begin waits ($18) or end them ($19): the table of waits is written with them. A
 * wait that begins and ends in one batch is not seen by the update, so it is ended where it is inserted.
 */
export const APPEND_WAITS: Statement<AppendRow> = {
  name: "append_waits",
  text: textWith(`,
w as (
  insert into state.wait (run_id, namespace, step, attempt, form, payload, ended_at)
  select e.run_id, r.namespace, e.step, e.attempt, e.form, e.payload,
    case when exists (select from e as o
      where o.kind = $19::int2 and o.run_id = e.run_id and o.step = e.step and o.attempt = e.attempt) then now() end
  from e join state.run r on r.run_id = e.run_id
  where e.kind = $18::int2 and (e.run_id in (select run_id from u)) is true),
o as (
  update state.wait w set ended_at = now()
  from e
  where e.kind = $19::int2 and (e.run_id in (select run_id from u)) is true
    and w.run_id = e.run_id and w.step = e.step and w.attempt = e.attempt)`),
  row: rowOf,
};

function textWith(waits: string): string {
  return `
with a as materialized (
  select * from unnest($1::uuid[], $2::int8[], $3::int4[], $4::int4[], $5::int4[], $6::int2[], $7::int4[], $8::int8[])
    as a (run_id, session_id, epoch, from_seq, to_seq, status, inbox_seq, wake_ms)),
u as (
  update state.run r
  set last_seq = a.to_seq, status = a.status,
    session_id = case when a.status = 2 then r.session_id end,
    wake_at = case when a.status = 3 and a.wake_ms > 0 then now() + a.wake_ms * interval '1 millisecond' end,
    ended_at = case when a.status > 3 then now() end
  from a
  where r.run_id = a.run_id
    and r.status + 0 = 2
    and r.session_id + 0 = a.session_id
    and r.epoch = a.epoch
    and r.last_seq = a.from_seq
    and (a.status = 2 or r.inbox_seq = a.inbox_seq)
  returning r.run_id),${waits === "" ? "" : `\ne as materialized (select * from ${EVENTS}),`}
i as (
  insert into state.run_event (run_id, at, digest, seq, kind, version, attempt, form, step, payload)
  select e.run_id, now(), e.digest, e.seq, e.kind, e.version, e.attempt, e.form, e.step, e.payload
  from ${waits === "" ? EVENTS : "e"}
  where (e.run_id in (select run_id from u)) is true)${waits}
select null::uuid, (extract(epoch from now()) * 1000000)::int8
union all
select a.run_id, null from a where (a.run_id in (select run_id from u)) is not true`;
}

function rowOf([runId, atUs]: readonly unknown[]): AppendRow {
  const refused = uuidOrNone(runId);
  return refused === undefined ? { atUs: microseconds(atUs) } : { refused };
}

/** The parameters for a batch, sorted by run, each run once. */
export function appendParams(batch: readonly Entry[]): Param[] {
  const runIds: Uint8Array[] = [];
  const digests: Uint8Array[] = [];
  const seqs: number[] = [];
  const kinds: number[] = [];
  const versions: number[] = [];
  const attempts: number[] = [];
  const forms: number[] = [];
  const steps: string[] = [];
  const payloads: Uint8Array[] = [];
  for (const { runId, fromSeq, appends } of batch) {
    let seq = fromSeq;
    for (const { events } of appends) {
      for (const event of events) {
        seq += 1;
        runIds.push(runId);
        digests.push(event.digest);
        seqs.push(seq);
        kinds.push(event.kind);
        versions.push(event.version);
        attempts.push(event.attempt);
        forms.push(event.form);
        steps.push(event.step);
        payloads.push(event.payload);
      }
    }
  }
  return [
    uuids(batch.map(({ runId }) => runId)),
    int8s(batch.map(({ sessionId }) => sessionId)),
    int4s(batch.map(({ epoch }) => epoch)),
    int4s(batch.map(({ fromSeq }) => fromSeq)),
    int4s(batch.map(({ toSeq }) => toSeq)),
    int2s(batch.map(({ status }) => status)),
    int4s(batch.map(({ inboxSeq }) => inboxSeq)),
    int8s(batch.map(({ wakeAfterMs }) => wakeAfterMs)),
    uuids(runIds),
    int8s(digests),
    int4s(seqs),
    int2s(kinds),
    int2s(versions),
    int2s(attempts),
    int2s(forms),
    texts(steps),
    byteas(payloads),
  ];
}
