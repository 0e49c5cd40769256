import { bytes, int, optional, type Statement } from "@orchestrator/postgres";

import type { BlobPage } from "../retention.ts";

/**
 * Looks at the next $3 blobs of namespace $1 after hash $2, and removes those that no run refers to.
 *
 * A run touches every blob that it refers to, and its files are stored at most a day before it is created. So a blob
 * that was touched a day before the oldest run of its namespace was created belonged to runs that are gone. Whoever
 * touches one that is removed here waits, and finds it gone (`TOUCH_BLOB`). Read by the key.
 */
export const COLLECT_BLOBS: Statement<BlobPage> = {
  name: "collect_blobs",
  text: `
with w as materialized (
  select b.hash from state.blob b where b.namespace = $1::text and b.hash > $2::bytea order by b.hash limit $3::int4),
v as materialized (
  select b.hash, b.upload_id from state.blob b
  where b.namespace = $1::text
    and b.hash = any (array(select w.hash from w))
    and b.touched_at < now() - interval '1 day'
    and b.touched_at < (select coalesce(min(o.created_at), now()) from (
      select r.created_at from state.run r where r.namespace = $1::text order by r.run_id limit 1) o) - interval '1 day'
  for update of b skip locked),
p as (delete from state.blob_part where upload_id = any (array(select v.upload_id from v))),
x as (delete from state.blob where namespace = $1::text and hash = any (array(select v.hash from v)) returning 1)
select (select w.hash from w order by w.hash desc limit 1), (select count(*)::int8 from x)`,
  row: ([last, removed]) => ({ last: optional(last, bytes), removed: int(removed) }),
};
