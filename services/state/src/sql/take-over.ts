import { int, type Statement } from "@orchestrator/postgres";

/** Makes the runs `p` ready, or quarantines them; `p.seq` is the last event by which each came further. */
export const JUDGED = `
update state.run r
set status = case when r.takeovers >= 2 and p.seq <= r.progress_seq then 7 else 1 end,
  takeovers = case when p.seq <= r.progress_seq then r.takeovers + 1 else 0 end,
  progress_seq = p.seq,
  session_id = null,
  epoch = r.epoch + 1,
  ready_at = now()
from p
where r.run_id = p.run_id
returning r.status`;

/**
 * Takes runs from dead sessions, at most $1: they are ready again under a new epoch (I2), or quarantined when this is
 * the third time that their holder died without having come further. Events of the kinds $2 are no progress.
 *
 * Level-triggered: it asks which runs have a dead holder, not which holder died. A run that an append has locked is
 * skipped and taken by the next sweep; so is a run whose last event is newer than the snapshot, since what the snapshot
 * shows of its log is not all that its holder achieved. Gives the status of each run.
 */
export const TAKE_OVER: Statement<number> = {
  name: "take_over",
  text: `
with d as materialized (
  select r.run_id, r.last_seq from state.session s
  join state.run r on r.session_id = s.session_id and r.status = 2
  where s.state = 2
  limit $1::int4
  for no key update of r skip locked),
p as materialized (
  select d.run_id, (
    select coalesce(max(e.seq), 1) from state.run_event e
    where e.run_id = d.run_id and e.kind <> all ($2::int2[])) as seq
  from d
  where exists (select from state.run_event e where e.run_id = d.run_id and e.seq = d.last_seq))${JUDGED}`,
  row: ([status]) => int(status),
};
