import type { Statement } from "@orchestrator/postgres";

import type { Run } from "../run.ts";
import { RUN_COLUMNS, runRow } from "./run-row.ts";

/** The run $1, if it is of the namespace $2 or that is empty. */
export const GET_RUN: Statement<Run> = {
  name: "get_run",
  text: `
select ${RUN_COLUMNS} from state.run r
where r.run_id = $1::uuid and ($2::text = '' or r.namespace = $2::text)`,
  row: runRow,
};
