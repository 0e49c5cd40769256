import { type Statement, text } from "@orchestrator/postgres";

/** Those of the names $2 that secrets of namespace $1 have. */
export const EXISTING_SECRETS: Statement<string> = {
  name: "existing_secrets",
  text: `
select s.name from state.secret s
where s.namespace = $1::text and s.name = any($2::text[])`,
  row: ([name]) => text(name),
};
