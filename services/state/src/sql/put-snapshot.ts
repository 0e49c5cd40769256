import { none, type Statement } from "@orchestrator/postgres";

/** Keeps a fold ($2 last event, $3 version, $4 bytes) of the run $1, unless a newer one of that version is there, or it is of events that are not. */
export const PUT_SNAPSHOT: Statement<undefined> = {
  name: "put_snapshot",
  text: `
insert into state.run_snapshot as s (run_id, upto_seq, version, fold)
select r.run_id, $2::int4, $3::int4, $4::bytea from state.run r
where r.run_id = $1::uuid and r.last_seq >= $2::int4
on conflict (run_id) do update
set upto_seq = excluded.upto_seq, version = excluded.version, fold = excluded.fold, created_at = now()
where s.version < excluded.version or s.version = excluded.version and s.upto_seq < excluded.upto_seq`,
  row: none,
};
