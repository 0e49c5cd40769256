import type { Statement } from "@orchestrator/postgres";

import type { Pipeline } from "../pipeline.ts";
import { PIPELINE_COLUMNS, pipelineRow } from "./pipeline-row.ts";

/** The newest versions of the pipelines of namespace $1 after the name $2, by name, at most $3; $4: archived ones too. */
export const LIST_PIPELINES: Statement<Pipeline> = {
  name: "list_pipelines",
  text: `
select ${PIPELINE_COLUMNS} from (
  select distinct on (p.name) * from state.pipeline p
  where p.namespace = $1::text and p.name > $2::text
  order by p.name, p.version desc) p
where $4::bool or p.archived_at is null
order by p.name
limit $3::int4`,
  row: pipelineRow,
};
