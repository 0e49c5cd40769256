import { none, type Statement } from "@orchestrator/postgres";

/** Stores the files of a document ($1 namespace, $2 hash, $3 paths, $4 contents). */
export const PUT_DEFINITION_FILES: Statement<undefined> = {
  name: "put_definition_files",
  text: `
insert into state.definition_file (namespace, document_hash, path, content)
select $1::text, $2::bytea, f.path, f.content from unnest($3::text[], $4::bytea[]) as f (path, content)
on conflict do nothing`,
  row: none,
};
