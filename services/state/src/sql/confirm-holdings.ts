import { int, type Statement } from "@orchestrator/postgres";

import type { HeldRun } from "../assignment.ts";
import { uuid } from "./columns.ts";

/** Those of the holdings ($2 runs, $3 epochs) that are of the session $1; found by `run_pkey`. */
export const CONFIRM_HOLDINGS: Statement<HeldRun> = {
  name: "confirm_holdings",
  text: `
select r.run_id, r.epoch, r.last_seq, r.inbox_seq
from unnest($2::uuid[], $3::int4[]) as a (run_id, epoch)
join state.run r on r.run_id = a.run_id
where r.status = 2 and r.session_id = $1::int8 and r.epoch = a.epoch`,
  row: ([runId, epoch, lastSeq, inboxSeq]) => ({
    runId: uuid(runId),
    epoch: int(epoch),
    lastSeq: int(lastSeq),
    inboxSeq: int(inboxSeq),
  }),
};
