import { none, type Statement } from "@orchestrator/postgres";

/** Stores part $2 ($3 bytes) of the upload $1. */
export const ADD_BLOB_PART: Statement<undefined> = {
  name: "add_blob_part",
  text: `
insert into state.blob_part (upload_id, ordinal, bytes) values ($1::int8, $2::int4, $3::bytea)`,
  row: none,
};
