import { int, type Statement, text } from "@orchestrator/postgres";

import type { Head } from "../event.ts";
import { uuid } from "./columns.ts";
import { statusColumn } from "./run-row.ts";

/** Where the runs $1 stand; found by `run_pkey`. */
export const RUN_HEADS: Statement<Head> = {
  name: "run_heads",
  text: `select run_id, namespace, status, last_seq from state.run where run_id = any ($1::uuid[])`,
  row: ([runId, namespace, status, lastSeq]) => ({
    runId: uuid(runId),
    namespace: text(namespace),
    status: statusColumn(status),
    lastSeq: int(lastSeq),
  }),
};
