import type { Statement } from "@orchestrator/postgres";

/** Notes that the blob ($1 namespace, $2 hash) is in use, at most once an hour, so that reading writes little. One row when it is there. */
export const TOUCH_BLOB: Statement<boolean> = {
  name: "touch_blob",
  text: `
with t as (
  update state.blob set touched_at = now()
  where namespace = $1::text and hash = $2::bytea and touched_at < now() - interval '1 hour')
select from state.blob where namespace = $1::text and hash = $2::bytea`,
  row: () => true,
};
