import type { Statement } from "@orchestrator/postgres";

import type { Pipeline } from "../pipeline.ts";
import { PIPELINE_COLUMNS, pipelineRow } from "./pipeline-row.ts";

/** Version $3 of the pipeline $2 of namespace $1; 0 is the newest. */
export const GET_PIPELINE: Statement<Pipeline> = {
  name: "get_pipeline",
  text: `
select ${PIPELINE_COLUMNS} from state.pipeline p
where p.namespace = $1::text and p.name = $2::text and ($3::int4 = 0 or p.version = $3::int4)
order by p.version desc
limit 1`,
  row: pipelineRow,
};
