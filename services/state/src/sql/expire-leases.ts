import { none, type Statement } from "@orchestrator/postgres";

/** Lets the lease of every live session end; the sweep then declares them dead as any other. */
export const EXPIRE_LEASES: Statement<undefined> = {
  name: "expire_leases",
  text: `update state.session_beat set expires_at = clock_timestamp() - interval '1 second' where state = 1`,
  row: none,
};
