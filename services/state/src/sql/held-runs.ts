import { int, type Statement } from "@orchestrator/postgres";

import type { HeldRun } from "../assignment.ts";
import { uuid } from "./columns.ts";

/** All that the session $1 holds; found by `run_held`. */
export const HELD_RUNS: Statement<HeldRun> = {
  name: "held_runs",
  text: `
select run_id, epoch, last_seq, inbox_seq from state.run
where session_id = $1::int8 and status = 2`,
  row: ([runId, epoch, lastSeq, inboxSeq]) => ({
    runId: uuid(runId),
    epoch: int(epoch),
    lastSeq: int(lastSeq),
    inboxSeq: int(inboxSeq),
  }),
};
