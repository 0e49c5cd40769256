import { bytes, optional, type Statement } from "@orchestrator/postgres";

import type { Run } from "../run.ts";
import { RUN_COLUMNS, runRow } from "./run-row.ts";

/** The run $1 of namespace $2, and the message with key $3 when it is in its inbox. */
export const MESSAGE_OUTCOME: Statement<{
  readonly earlier: Uint8Array | undefined;
  readonly run: Run;
}> = {
  name: "message_outcome",
  text: `
select (select i.payload from state.inbox i where i.run_id = r.run_id and i.dedupe_key = $3::text), ${RUN_COLUMNS}
from state.run r
where r.run_id = $1::uuid and r.namespace = $2::text`,
  row: ([earlier, ...run]) => ({ earlier: optional(earlier, bytes), run: runRow(run) }),
};
