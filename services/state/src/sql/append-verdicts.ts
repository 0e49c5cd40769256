import { int, int4s, int8s, type Param, type Statement, text, uuids } from "@orchestrator/postgres";

import { type Entry, isVerdict, type SecondLook } from "../append.ts";
import { STATUS } from "../run.ts";
import { uuid } from "./columns.ts";

/**
 * Says why appends were refused. A statement of its own after the batch, since it needs a newer snapshot.
 *
 * `duplicate`, whatever the epoch: all events are there and the last carries the digest of this append, which covers
 * the ones before it. `retry`: what stood in the way is gone.
 */
export const APPEND_VERDICTS: Statement<SecondLook> = {
  name: "append_verdicts",
  text: `
select a.run_id,
  case
    when d.n = a.to_seq - a.from_seq and d.last_digest = a.digest then 'duplicate'
    when r.run_id is null then 'unknown_run'
    when r.status <> 2 or r.session_id is distinct from a.session_id or r.epoch <> a.epoch then 'stale'
    when r.last_seq < a.from_seq then 'gap'
    when r.last_seq > a.from_seq then 'conflict'
    when r.inbox_seq > a.inbox_seq then 'inbox_ahead'
    when r.inbox_seq < a.inbox_seq then 'invalid'
    else 'retry'
  end,
  coalesce(r.last_seq, 0), coalesce(r.inbox_seq, 0)
from unnest($1::uuid[], $2::int8[], $3::int4[], $4::int4[], $5::int4[], $6::int4[], $7::int8[])
  as a (run_id, session_id, epoch, from_seq, to_seq, inbox_seq, digest)
left join state.run r on r.run_id = a.run_id
left join lateral (
  select count(*) as n, max(e.digest) filter (where e.seq = a.to_seq) as last_digest
  from state.run_event e
  where e.run_id = a.run_id and e.seq > a.from_seq and e.seq <= a.to_seq) d on true`,
  row([runId, verdict, lastSeq, inboxSeq]) {
    const word = text(verdict);
    if (!isVerdict(word)) {
      throw new TypeError(`the database gave the verdict ${word}`);
    }
    return { runId: uuid(runId), verdict: word, lastSeq: int(lastSeq), inboxSeq: int(inboxSeq) };
  },
};

/** The parameters for refused entries, each run once. */
export function verdictParams(refused: readonly Entry[]): Param[] {
  return [
    uuids(refused.map(({ runId }) => runId)),
    int8s(refused.map(({ sessionId }) => sessionId)),
    int4s(refused.map(({ epoch }) => epoch)),
    int4s(refused.map(({ fromSeq }) => fromSeq)),
    int4s(refused.map(({ toSeq }) => toSeq)),
    // A running append may be behind the inbox, so it has nothing to compare.
    int4s(refused.map(({ status, inboxSeq }) => (status === STATUS.running ? null : inboxSeq))),
    int8s(refused.map(({ appends }) => appends.at(-1)?.events.at(-1)?.digest ?? 0)),
  ];
}
