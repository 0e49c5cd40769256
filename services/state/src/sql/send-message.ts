import { int, type Statement } from "@orchestrator/postgres";

/**
 * Puts a message into a run's inbox ($1 run, $2 namespace, $3 kind, $4 key, $5 payload) and, in the same statement,
 * advances `inbox_seq` and wakes the run (I9): a suspended one is ready again, and so is a quarantined one that is
 * told to stop (kind 1), with its takeovers forgotten. A run that has ended takes none. Gives the message's number.
 *
 * An append that suspends or ends the run writes the same row, so either it has seen the message or it is refused. Two
 * messages with one key: the second waits for the row and then fails on the key, unless it was seen to be there.
 */
export const SEND_MESSAGE: Statement<number> = {
  name: "send_message",
  text: `
with u as (
  update state.run r
  set inbox_seq = r.inbox_seq + 1,
    status = case when r.status = 3 or r.status = 7 and $3::int2 = 1 then 1 else r.status end,
    takeovers = case when r.status = 7 and $3::int2 = 1 then 0 else r.takeovers end,
    ready_at = case when r.status in (3, 7) then now() else r.ready_at end,
    wake_at = case when r.status <> 3 then r.wake_at end,
    cancel_requested = r.cancel_requested or $3::int2 = 1
  where r.run_id = $1::uuid
    and r.namespace = $2::text
    and r.status in (1, 2, 3, 7)
    and not exists (select from state.inbox i where i.run_id = $1::uuid and i.dedupe_key = $4::text)
  returning r.run_id, r.inbox_seq)
insert into state.inbox (run_id, inbox_seq, kind, dedupe_key, payload)
select u.run_id, u.inbox_seq, $3::int2, $4::text, $5::bytea from u
returning inbox_seq`,
  row: ([inboxSeq]) => int(inboxSeq),
};
