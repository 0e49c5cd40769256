import { none, type Statement } from "@orchestrator/postgres";

/** Lets one transaction at a time change the pipeline $2 of namespace $1, which may have no row to lock yet. */
export const LOCK_PIPELINE: Statement<undefined> = {
  name: "lock_pipeline",
  text: `select pg_advisory_xact_lock(hashtextextended($1::text || '/' || $2::text, 20)) is null`,
  row: none,
};
