import type { Statement } from "@orchestrator/postgres";

import {
  ASSIGNMENT_COLUMNS,
  assignmentRow,
  type AssignmentRow,
  FIRST_EVENT,
} from "./assignment-row.ts";

/** What is said to the session $1 of those of the runs $2 that it holds; found by `run_pkey`. */
export const ASSIGNED_RUNS: Statement<AssignmentRow> = {
  name: "assigned_runs",
  text: `
select ${ASSIGNMENT_COLUMNS}, e.payload, e.form
from state.run r ${FIRST_EVENT}
where r.run_id = any($2::uuid[]) and r.status = 2 and r.session_id = $1::int8`,
  row: assignmentRow,
};
