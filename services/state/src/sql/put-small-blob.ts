import { none, type Statement } from "@orchestrator/postgres";

/** Stores a blob of one part ($1 namespace, $2 hash, $3 media type, $4 bytes), unless it is there. */
export const PUT_SMALL_BLOB: Statement<undefined> = {
  name: "put_small_blob",
  text: `
with b as (
  insert into state.blob (namespace, hash, upload_id, size, media_type)
  values ($1::text, $2::bytea, nextval('state.upload_number'), length($4::bytea), $3::text)
  on conflict (namespace, hash) do nothing
  returning upload_id)
insert into state.blob_part (upload_id, ordinal, bytes)
select b.upload_id, 0, $4::bytea from b`,
  row: none,
};
