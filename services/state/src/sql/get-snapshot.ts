import { bytes, int, type Statement } from "@orchestrator/postgres";

import type { Snapshot } from "../event.ts";

/** The fold of the run $1, if it is of version $2. */
export const GET_SNAPSHOT: Statement<Snapshot> = {
  name: "get_snapshot",
  text: `select upto_seq, version, fold from state.run_snapshot where run_id = $1::uuid and version = $2::int4`,
  row: ([uptoSeq, version, fold]) => ({
    uptoSeq: int(uptoSeq),
    version: int(version),
    fold: bytes(fold),
  }),
};
