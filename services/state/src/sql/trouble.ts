import { isSerializationFailure, isUnavailable } from "@orchestrator/postgres";

import type { StoreTrouble } from "../append.ts";

/** What an error of the database means for a batch. */
export function troubleOf(error: unknown): StoreTrouble {
  if (isSerializationFailure(error)) return { kind: "again" };
  if (isUnavailable(error)) return { kind: "unavailable", cause: error };
  return { kind: "poisoned", cause: error };
}
