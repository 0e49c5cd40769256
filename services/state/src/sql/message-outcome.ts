import { bool, type Statement } from "@orchestrator/postgres";

import type { Run } from "../run.ts";
import { RUN_COLUMNS, runRow } from "./run-row.ts";

/** The run $1 of namespace $2, and whether the message with key $3 is in its inbox. */
export const MESSAGE_OUTCOME: Statement<{ readonly stored: boolean; readonly run: Run }> = {
  name: "message_outcome",
  text: `
select exists (select from state.inbox i where i.run_id = r.run_id and i.dedupe_key = $3::text), ${RUN_COLUMNS}
from state.run r
where r.run_id = $1::uuid and r.namespace = $2::text`,
  row: ([stored, ...run]) => ({ stored: bool(stored), run: runRow(run) }),
};
