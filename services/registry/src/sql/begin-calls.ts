import {
  int,
  int8s,
  optional,
  type Param,
  type Statement,
  text,
  texts,
} from "@orchestrator/postgres";

import type { Begun, Intent } from "../ledger.ts";
import { ANSWER_COLUMNS, answerFromColumns } from "./answer-columns.ts";

/**
 * Opens intents, in one statement for all of them.
 *
 * The latest try of each call is read by the primary key. One that a dead process left open is marked in doubt, which
 * takes its row's lock: of two that find it dead, one wins. The new try is a new row, whose key lets one of two in; who
 * lost is told `busy` and looks again. A try that this very session left open is nobody's, since a session makes one
 * call of a key at a time.
 */
export const BEGIN_CALLS: Statement<Begun> = {
  name: "registry_begin_calls",
  text: `
with asked as materialized (
  select * from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::int8[])
    with ordinality as t(namespace, call_id, provider, model, reserve_nano_usd, n)
), last as materialized (
  select a.n, c.*, coalesce(s.expires_at > clock_timestamp(), false) and c.session_id <> $1 as alive
  from asked a
  cross join lateral (
    select * from registry.model_call c
    where c.namespace = a.namespace and c.call_id = a.call_id
    order by c.ordinal desc limit 1
  ) c
  left join registry.session s on s.session_id = c.session_id
), doubted as (
  update registry.model_call c
  set status = 'in_doubt', ended_at = clock_timestamp()
  from last l
  where c.namespace = l.namespace and c.call_id = l.call_id and c.ordinal = l.ordinal
    and c.status = 'open' and l.status = 'open' and not l.alive
  returning l.n
), opened as (
  insert into registry.model_call
    (namespace, call_id, ordinal, session_id, status, provider, model, reserve_nano_usd, started_at)
  select a.namespace, a.call_id, coalesce(l.ordinal, 0) + 1, $1, 'open', a.provider, a.model, a.reserve_nano_usd,
    clock_timestamp()
  from asked a
  left join last l on l.n = a.n
  left join doubted d on d.n = a.n
  where l.n is null or l.status in ('failed', 'in_doubt', 'superseded') or d.n is not null
  on conflict (namespace, call_id, ordinal) do nothing
  returning namespace, call_id, ordinal
)
select o.ordinal, case when l.status = 'answered' then l.status end, ${ANSWER_COLUMNS("l")}
from asked a
left join last l on l.n = a.n
left join opened o on o.namespace = a.namespace and o.call_id = a.call_id
order by a.n`,
  row([ordinal, status, ...answer]) {
    const opened = optional(ordinal, int);
    if (opened !== undefined) return { kind: "opened", ordinal: opened };
    return optional(status, text) === "answered"
      ? { kind: "recorded", answer: answerFromColumns(answer) }
      : { kind: "busy" };
  },
};

/** The parameters of BEGIN_CALLS. */
export function beginCallsParams(sessionId: number, intents: readonly Intent[]): readonly Param[] {
  return [
    sessionId,
    texts(intents.map(({ namespace }) => namespace)),
    texts(intents.map(({ callId }) => callId)),
    texts(intents.map(({ provider }) => provider)),
    texts(intents.map(({ model }) => model)),
    int8s(intents.map(({ reserveNanoUsd }) => reserveNanoUsd ?? null)),
  ];
}
