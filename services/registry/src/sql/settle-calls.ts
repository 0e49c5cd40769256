import {
  byteas,
  int4s,
  int8s,
  optional,
  type Param,
  type Statement,
  text,
  texts,
} from "@orchestrator/postgres";

import type { IntentRef, Settlement } from "../ledger.ts";

/**
 * Records answers, in one statement for all of them, by the primary key.
 *
 * A try that was marked in doubt meanwhile is `superseded`: what it cost is known now, but it is not the answer. One
 * that is answered already is told the same again, since the reply to the first statement may have been lost.
 */
export const SETTLE_CALLS: Statement<boolean> = {
  name: "registry_settle_calls",
  text: `
with given as materialized (
  select * from unnest($1::text[], $2::text[], $3::int4[], $4::bytea[], $5::int8[], $6::int8[], $7::int8[], $8::int4[],
    $9::text[], $10::text[], $11::int4[], $12::text[])
    with ordinality as t(namespace, call_id, ordinal, answer, input_tokens, output_tokens, cost_nano_usd, latency_ms,
      finish_reason, choice_reason, usage_estimated, tool_calls, n)
), settled as (
  update registry.model_call c
  set status = case when c.status in ('open', 'answered') then 'answered' else 'superseded' end,
    answer = g.answer, input_tokens = g.input_tokens, output_tokens = g.output_tokens, cost_nano_usd = g.cost_nano_usd,
    latency_ms = g.latency_ms, finish_reason = g.finish_reason, choice_reason = g.choice_reason,
    usage_estimated = g.usage_estimated = 1, tool_calls = nullif(g.tool_calls, ''), ended_at = clock_timestamp()
  from given g
  where c.namespace = g.namespace and c.call_id = g.call_id and c.ordinal = g.ordinal
  returning g.n, c.status
)
select s.status from given g left join settled s on s.n = g.n order by g.n`,
  row: ([status]) => optional(status, text) === "answered",
};

/** The parameters of SETTLE_CALLS. */
export function settleCallsParams(
  settled: readonly { readonly ref: IntentRef; readonly settlement: Settlement }[],
): readonly Param[] {
  const answers = settled.map(({ settlement }) => settlement.answer);
  return [
    texts(settled.map(({ ref }) => ref.namespace)),
    texts(settled.map(({ ref }) => ref.callId)),
    int4s(settled.map(({ ref }) => ref.ordinal)),
    byteas(answers.map((answer) => encoder.encode(answer.text))),
    int8s(answers.map(({ inputTokens }) => inputTokens)),
    int8s(answers.map(({ outputTokens }) => outputTokens)),
    int8s(answers.map((answer) => answer.costNanoUsd ?? null)),
    int4s(answers.map(({ latencyMs }) => latencyMs)),
    texts(answers.map(({ finishReason }) => finishReason)),
    texts(answers.map(({ choiceReason }) => choiceReason)),
    int4s(settled.map(({ settlement }) => (settlement.usageEstimated ? 1 : 0))),
    texts(
      answers.map(({ toolCalls }) => (toolCalls === undefined ? "" : JSON.stringify(toolCalls))),
    ),
  ];
}

const encoder = new TextEncoder();
