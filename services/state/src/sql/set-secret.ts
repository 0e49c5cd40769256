import type { Statement } from "@orchestrator/postgres";

import { MAX_SECRETS, type StoredSecret } from "../secret.ts";
import { SECRET_COLUMNS, secretRow } from "./secret-row.ts";

/**
 * Stores the secret $2 of namespace $1: $3 key id, $4 nonce, $5 ciphertext. No row: the namespace has as many as it may.
 *
 * Under `LOCK_SECRETS`, so that two new ones are not counted past each other.
 */
export const SET_SECRET: Statement<StoredSecret> = {
  name: "set_secret",
  text: `
insert into state.secret as s (namespace, name, key_id, nonce, ciphertext)
select $1::text, $2::text, $3::bytea, $4::bytea, $5::bytea
where exists (select from state.secret e where e.namespace = $1::text and e.name = $2::text)
  or (select count(*) from state.secret c where c.namespace = $1::text) < ${MAX_SECRETS}
on conflict (namespace, name) do update
  set key_id = excluded.key_id, nonce = excluded.nonce, ciphertext = excluded.ciphertext, updated_at = now()
returning ${SECRET_COLUMNS}`,
  row: secretRow,
};
