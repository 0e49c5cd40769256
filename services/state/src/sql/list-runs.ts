import { int2s, type Param, type Statement } from "@orchestrator/postgres";

import type { RunQuery } from "../event.ts";
import type { Run } from "../run.ts";
import { RUN_COLUMNS, runRow } from "./run-row.ts";

/** Runs of a namespace, the newest first, since ids begin with their time; found by `run_listed`, filtered on the way. */
export const LIST_RUNS: Statement<Run> = {
  name: "list_runs",
  text: `
select ${RUN_COLUMNS} from state.run r
where r.namespace = $1::text
  and r.run_id < coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
  and ($3::text = '' or r.pipeline = $3::text)
  and (cardinality($4::int2[]) is not distinct from 0 or r.status = any ($4::int2[]))
  and ($5::text is null or r.labels @> $5::jsonb)
order by r.run_id desc
limit $6::int4`,
  row: runRow,
};

/** The parameters for a query. */
export function listRunsParams(query: RunQuery): Param[] {
  const labels = Object.keys(query.labels).length === 0 ? null : JSON.stringify(query.labels);
  return [
    query.namespace,
    query.beforeRunId === undefined ? null : Buffer.from(query.beforeRunId).toString("hex"),
    query.pipeline,
    query.statuses.length === 0 ? "{}" : int2s(query.statuses),
    labels,
    query.limit,
  ];
}
