import type { Statement } from "@orchestrator/postgres";

/** Remembers what the request $3 of kind $2 in namespace $1 did: $4 digest, $5 pipeline, $6 version. No row: it came before. */
export const REMEMBER_REQUEST: Statement<boolean> = {
  name: "remember_request",
  text: `
insert into state.idempotency (namespace, kind, request_id, digest, subject, version)
values ($1::text, $2::int2, $3::text, $4::int8, $5::text, $6::int4)
on conflict do nothing
returning true`,
  row: () => true,
};
