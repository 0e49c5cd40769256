import { bytes, type Statement } from "@orchestrator/postgres";

/** Part $2 of the upload $1. */
export const READ_BLOB_PART: Statement<Uint8Array> = {
  name: "read_blob_part",
  text: `select bytes from state.blob_part where upload_id = $1::int8 and ordinal = $2::int4`,
  row: ([part]) => bytes(part),
};
