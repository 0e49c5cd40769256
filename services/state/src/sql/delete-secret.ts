import type { Statement } from "@orchestrator/postgres";

/** Deletes the secret $2 of namespace $1. No row: there was none. */
export const DELETE_SECRET: Statement<boolean> = {
  name: "delete_secret",
  text: `
delete from state.secret where namespace = $1::text and name = $2::text
returning true`,
  row: () => true,
};
