import { bytes, text, time } from "@orchestrator/postgres";

import type { StoredSecret } from "../secret.ts";

/** All of a secret `s` but its value. */
export const SECRET_COLUMNS = `s.name, s.key_id, s.created_at, s.updated_at`;

/** Reads `SECRET_COLUMNS`. */
export function secretRow([name, keyId, createdAt, updatedAt]: readonly unknown[]): StoredSecret {
  return {
    name: text(name),
    keyId: bytes(keyId),
    createdAt: time(createdAt),
    updatedAt: time(updatedAt),
  };
}
