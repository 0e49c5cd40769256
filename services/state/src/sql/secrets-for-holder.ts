import { bytes, optional, type Statement, text } from "@orchestrator/postgres";

import type { SealedSecret } from "../secret.ts";

/**
 * Secrets $4 of the namespace of run $1, if session $2 holds it in epoch $3 (I2).
 *
 * One row without a secret where there is none of these names, and no row where the run is not held so.
 */
export const SECRETS_FOR_HOLDER: Statement<SealedSecret | undefined> = {
  name: "secrets_for_holder",
  text: `
select r.namespace, s.name, s.key_id, s.nonce, s.ciphertext
from state.run r
left join state.secret s on s.namespace = r.namespace and s.name = any($4::text[])
where r.run_id = $1::uuid and r.session_id = $2::int8 and r.epoch = $3::int4 and r.status = 2`,
  row: ([namespace, name, keyId, nonce, ciphertext]) => {
    const found = optional(name, text);
    return found === undefined
      ? undefined
      : {
          namespace: text(namespace),
          name: found,
          keyId: bytes(keyId),
          nonce: bytes(nonce),
          ciphertext: bytes(ciphertext),
        };
  },
};
