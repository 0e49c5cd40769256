import { bool, type Statement } from "@orchestrator/postgres";

/** Whether the document $2 of namespace $1 is stored. */
export const DEFINITION_EXISTS: Statement<boolean> = {
  name: "definition_exists",
  text: `
select exists (select from state.definition d where d.namespace = $1::text and d.document_hash = $2::bytea)`,
  row: ([exists]) => bool(exists),
};
