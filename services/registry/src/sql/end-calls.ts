import { int4s, none, type Param, type Statement, texts } from "@orchestrator/postgres";

import type { IntentEnd, IntentRef } from "../ledger.ts";

/** Closes tries that brought no answer, in one statement for all of them, by the primary key. */
export const END_CALLS: Statement<undefined> = {
  name: "registry_end_calls",
  text: `
update registry.model_call c
set status = g.status, failure_code = g.code, ended_at = clock_timestamp()
from unnest($1::text[], $2::text[], $3::int4[], $4::text[], $5::text[]) as g(namespace, call_id, ordinal, status, code)
where c.namespace = g.namespace and c.call_id = g.call_id and c.ordinal = g.ordinal and c.status = 'open'`,
  row: none,
};

/** The parameters of END_CALLS. */
export function endCallsParams(
  ended: readonly { readonly ref: IntentRef; readonly end: IntentEnd }[],
): readonly Param[] {
  return [
    texts(ended.map(({ ref }) => ref.namespace)),
    texts(ended.map(({ ref }) => ref.callId)),
    int4s(ended.map(({ ref }) => ref.ordinal)),
    texts(ended.map(({ end }) => end.status)),
    texts(ended.map(({ end }) => end.code)),
  ];
}
