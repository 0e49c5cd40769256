import { none, type Statement } from "@orchestrator/postgres";

/** Lets one transaction at a time change the secrets of namespace $1. */
export const LOCK_SECRETS: Statement<undefined> = {
  name: "lock_secrets",
  text: `select pg_advisory_xact_lock(hashtextextended($1::text, 21)) is null`,
  row: none,
};
