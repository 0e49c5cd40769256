import {
  byteas,
  int,
  int2s,
  int4s,
  int8s,
  type Param,
  type Statement,
  texts,
  uuids,
} from "@orchestrator/postgres";

import type { NewRun } from "../creation.ts";
import { arrayLiteral, microseconds, uuidOrNone } from "./columns.ts";

/** When the batch was committed, or a run that was not created, or not assigned. */
export type CreateRow =
  | { readonly kind: "at"; readonly atUs: number }
  | { readonly kind: "not_created" | "not_assigned"; readonly runId: Uint8Array };

/**
 * Creates runs, each with its request and its first event, in one transaction (I6).
 *
 * The key of the request decides which of two equal ones creates; sorted by it, batches of two replicas do not
 * deadlock. A run that goes straight to a session does so only while that session lives, as with `CLAIM`.
 */
export const CREATE_RUNS: Statement<CreateRow> = {
  name: "create_runs",
  text: `
with q as materialized (
  select * from unnest($1::text[], $2::text[], $3::int8[], $4::uuid[], $5::int8[], $6::bytea[], $7::int4[], $8::text[],
      $9::int4[], $10::int4[], $11::text[], $12::text[], $13::text[], $14::bytea[], $15::int2[], $16::int2[])
    as q (namespace, request_id, digest, run_id, session_id, document_hash, plan_version, pipeline,
      pipeline_version, priority, labels, requires, traceparent, payload, form, kind)),
s as materialized (
  select session_id from state.session
  where session_id = any($17::int8[])
    and state = 1
  order by session_id
  for share),
k as (
  insert into state.idempotency (namespace, kind, request_id, digest, run_id)
  select q.namespace, 1, q.request_id, q.digest, q.run_id from q
  where (select count(*) from state.plan p
    where p.namespace = q.namespace and p.document_hash = q.document_hash and p.plan_version = q.plan_version) = 1
  on conflict do nothing
  returning run_id),
r as (
  insert into state.run (run_id, namespace, document_hash, plan_version, pipeline, pipeline_version, priority, labels,
    requires, traceparent, status, session_id, epoch)
  select q.run_id, q.namespace, q.document_hash, q.plan_version, q.pipeline, q.pipeline_version, q.priority,
    q.labels::jsonb, q.requires::text[], q.traceparent,
    case when (q.session_id in (select session_id from s)) is true then 2 else 1 end,
    case when (q.session_id in (select session_id from s)) is true then q.session_id end,
    case when (q.session_id in (select session_id from s)) is true then 1 else 0 end
  from q
  where (q.run_id in (select run_id from k)) is true),
e as (
  insert into state.run_event (run_id, at, digest, seq, kind, version, attempt, form, step, payload)
  select q.run_id, now(), q.digest, 1, q.kind, 1, 0, q.form, '', q.payload
  from q
  where (q.run_id in (select run_id from k)) is true)
select null::uuid, 0, (extract(epoch from now()) * 1000000)::int8
union all
select q.run_id, 1, null from q where (q.run_id in (select run_id from k)) is not true
union all
select q.run_id, 2, null from q where q.session_id <> 0 and (q.session_id in (select session_id from s)) is not true`,
  row([id, what, atUs]) {
    const runId = uuidOrNone(id);
    if (runId === undefined) return { kind: "at", atUs: microseconds(atUs) };
    return { kind: int(what) === 1 ? "not_created" : "not_assigned", runId };
  },
};

/** The parameters for a batch, sorted by request. */
export function createParams(batch: readonly NewRun[], firstKind: number): Param[] {
  return [
    texts(batch.map(({ namespace }) => namespace)),
    texts(batch.map(({ requestId }) => requestId)),
    int8s(batch.map(({ requestDigest }) => requestDigest)),
    uuids(batch.map(({ runId }) => runId)),
    int8s(batch.map(({ sessionId }) => sessionId)),
    byteas(batch.map(({ documentHash }) => documentHash)),
    int4s(batch.map(({ planVersion }) => planVersion)),
    texts(batch.map(({ pipeline }) => pipeline)),
    int4s(batch.map(({ pipelineVersion }) => pipelineVersion)),
    int4s(batch.map(({ priority }) => priority)),
    texts(batch.map(({ labels }) => labelsText(labels))),
    texts(batch.map(({ requires }) => arrayLiteral(requires))),
    texts(batch.map(({ traceparent }) => (traceparent === "" ? null : traceparent))),
    byteas(batch.map(({ payloadHash, createdPayload }) => payloadHash ?? createdPayload)),
    int2s(batch.map(({ payloadHash }) => (payloadHash === undefined ? 0 : 1))),
    int2s(batch.map(() => firstKind)),
    int8s([...new Set(batch.map(({ sessionId }) => sessionId))].filter((id) => id !== 0)),
  ];
}

function labelsText(labels: Readonly<Record<string, string>>): string | null {
  return Object.keys(labels).length === 0 ? null : JSON.stringify(labels);
}
