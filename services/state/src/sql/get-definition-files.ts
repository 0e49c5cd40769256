import { bytes, type Statement, text } from "@orchestrator/postgres";

import type { DefinitionFile } from "../definition.ts";

/** The files of a document ($1 namespace, $2 hash), by path. */
export const GET_DEFINITION_FILES: Statement<DefinitionFile> = {
  name: "get_definition_files",
  text: `
select path, content from state.definition_file
where namespace = $1::text and document_hash = $2::bytea
order by path`,
  row: ([path, content]) => ({ path: text(path), content: bytes(content) }),
};
