import { none, type Statement } from "@orchestrator/postgres";

/** Drops uploads that began a day ago and were never finished, with their parts. */
export const DROP_ABANDONED_UPLOADS: Statement<undefined> = {
  name: "drop_abandoned_uploads",
  text: `
with u as (
  delete from state.blob_upload where started_at < now() - interval '1 day' returning upload_id)
delete from state.blob_part p using u where p.upload_id = u.upload_id`,
  row: none,
};
