import type { Statement } from "@orchestrator/postgres";

/**
 * Notes that the blob ($1 namespace, $2 hash) is in use, at most once an hour, so that reading writes little. One row
 * when it is there.
 *
 * What was touched within the hour is not collected meanwhile. What was not is there if it can be written: a collector
 * that has it is waited for (`COLLECT_BLOBS`).
 */
export const TOUCH_BLOB: Statement<boolean> = {
  name: "touch_blob",
  text: `
with s as materialized (
  select b.touched_at < now() - interval '1 hour' as stale from state.blob b
  where b.namespace = $1::text and b.hash = $2::bytea),
t as (
  update state.blob b set touched_at = now() from s
  where s.stale and b.namespace = $1::text and b.hash = $2::bytea
  returning true)
select true from s where not s.stale
union all
select true from t`,
  row: () => true,
};
