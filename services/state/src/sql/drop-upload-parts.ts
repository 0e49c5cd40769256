import { none, type Statement } from "@orchestrator/postgres";

/** Drops the parts of the upload $1, which became no blob. */
export const DROP_UPLOAD_PARTS: Statement<undefined> = {
  name: "drop_upload_parts",
  text: `delete from state.blob_part where upload_id = $1::int8`,
  row: none,
};
