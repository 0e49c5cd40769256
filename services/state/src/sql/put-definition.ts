import { none, type Statement } from "@orchestrator/postgres";

/** Stores a document ($1 namespace, $2 hash, $3 text); the same one again changes nothing. */
export const PUT_DEFINITION: Statement<undefined> = {
  name: "put_definition",
  text: `
insert into state.definition (namespace, document_hash, source)
values ($1::text, $2::bytea, $3::text)
on conflict do nothing`,
  row: none,
};
