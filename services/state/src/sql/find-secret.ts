import type { Statement } from "@orchestrator/postgres";

import type { StoredSecret } from "../secret.ts";
import { SECRET_COLUMNS, secretRow } from "./secret-row.ts";

/** The secret $2 of namespace $1, without its value. */
export const FIND_SECRET: Statement<StoredSecret> = {
  name: "find_secret",
  text: `
select ${SECRET_COLUMNS} from state.secret s
where s.namespace = $1::text and s.name = $2::text`,
  row: secretRow,
};
