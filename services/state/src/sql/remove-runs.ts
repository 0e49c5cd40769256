import { int, type Statement } from "@orchestrator/postgres";

/**
 * Removes runs that ended more than $1 days ago, the oldest first, with all that is found by them: at most $2 runs, and
 * no further one once those have $3 events. Gives how many there were.
 *
 * Ids begin with the time of creation, so `run_pkey` finds what may have ended by then; what has not, or is in
 * quarantine, is passed over. A child outlives its parent, which may still read its result. The arrays make each table
 * be read by its key; the requests of a batch lie within its span of time, by `idempotency_created`.
 */
export const REMOVE_RUNS: Statement<number> = {
  name: "remove_runs",
  text: `
with f as materialized (
  select r.run_id, r.created_at, r.last_seq from state.run r
  where r.run_id < (lpad(to_hex((extract(epoch from now() - $1::int8 * interval '1 day') * 1000)::int8), 12, '0')
      || repeat('0', 20))::uuid
    and r.status in (4, 5, 6)
    and r.ended_at < now() - $1::int8 * interval '1 day'
    and not exists (select from state.run p where p.run_id = r.parent)
  order by r.run_id
  limit $2::int4
  for update of r skip locked),
d as materialized (
  select t.run_id, t.created_at
  from (select f.run_id, f.created_at, sum(f.last_seq) over (order by f.run_id) - f.last_seq as before from f) t
  where t.before < $3::int4),
e as (delete from state.run_event where run_id = any (array(select d.run_id from d))),
m as (delete from state.inbox where run_id = any (array(select d.run_id from d))),
w as (delete from state.wait where run_id = any (array(select d.run_id from d))),
s as (delete from state.run_snapshot where run_id = any (array(select d.run_id from d))),
q as (
  delete from state.idempotency
  where kind = 1
    and created_at between (select min(d.created_at) from d) and (select max(d.created_at) from d)
    and run_id = any (array(select d.run_id from d))),
x as (delete from state.run where run_id = any (array(select d.run_id from d)) returning 1)
select count(*)::int8 from x`,
  row: ([count]) => int(count),
};
