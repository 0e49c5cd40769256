import type { Statement } from "@orchestrator/postgres";

import type { Pipeline } from "../pipeline.ts";
import { PIPELINE_COLUMNS, pipelineRow } from "./pipeline-row.ts";

/** Stores the next version of a pipeline; under the lock of `LOCK_PIPELINE`. */
export const INSERT_PIPELINE: Statement<Pipeline> = {
  name: "insert_pipeline",
  text: `
insert into state.pipeline as p (namespace, name, version, document_hash, title, document_version, labels)
select $1::text, $2::text,
  coalesce((select max(v.version) from state.pipeline v where v.namespace = $1::text and v.name = $2::text), 0) + 1,
  $3::bytea, $4::text, $5::text, $6::jsonb
returning ${PIPELINE_COLUMNS}`,
  row: pipelineRow,
};
