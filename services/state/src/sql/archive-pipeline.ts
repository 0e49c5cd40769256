import { int, type Statement } from "@orchestrator/postgres";

/** Takes all versions of the pipeline $2 of namespace $1 out of use. */
export const ARCHIVE_PIPELINE: Statement<number> = {
  name: "archive_pipeline",
  text: `
update state.pipeline set archived_at = now()
where namespace = $1::text and name = $2::text and archived_at is null
returning version`,
  row: ([version]) => int(version),
};
