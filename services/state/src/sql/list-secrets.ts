import type { Statement } from "@orchestrator/postgres";

import type { StoredSecret } from "../secret.ts";
import { SECRET_COLUMNS, secretRow } from "./secret-row.ts";

/** The secrets of namespace $1 after the name $2, by name, at most $3; found by the primary key. */
export const LIST_SECRETS: Statement<StoredSecret> = {
  name: "list_secrets",
  text: `
select ${SECRET_COLUMNS} from state.secret s
where s.namespace = $1::text and s.name > $2::text
order by s.name
limit $3::int4`,
  row: secretRow,
};
