import { int, type Statement } from "@orchestrator/postgres";

import { uuid } from "./columns.ts";

/** The runs that sessions $1 hold and that have messages, with the number of the last one; found by `run_held`. */
export const INBOX_HEADS: Statement<{ readonly runId: Uint8Array; readonly inboxSeq: number }> = {
  name: "inbox_heads",
  text: `
select run_id, inbox_seq from state.run
where session_id = any($1::int8[]) and status = 2 and inbox_seq > 0`,
  row: ([runId, inboxSeq]) => ({ runId: uuid(runId), inboxSeq: int(inboxSeq) }),
};
