import type { Statement } from "@orchestrator/postgres";

/** Makes the upload $3 the blob ($1 namespace, $2 hash, $4 size, $5 media type). No row: it is there from another one. */
export const FINISH_UPLOAD: Statement<boolean> = {
  name: "finish_upload",
  text: `
insert into state.blob (namespace, hash, upload_id, size, media_type)
select $1::text, $2::bytea, u.upload_id, $4::int8, $5::text from state.blob_upload u where u.upload_id = $3::int8
on conflict (namespace, hash) do nothing
returning true`,
  row: () => true,
};
