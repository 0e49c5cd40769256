import { none, type Statement } from "@orchestrator/postgres";

/** Forgets that the upload $1 is under way. */
export const FORGET_UPLOAD: Statement<undefined> = {
  name: "forget_upload",
  text: `delete from state.blob_upload where upload_id = $1::int8`,
  row: none,
};
