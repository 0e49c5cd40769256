import { bytes, int, optional, text } from "@orchestrator/postgres";

import type { Assignment } from "../assignment.ts";
import { microseconds, uuid } from "./columns.ts";

/** An assignment whose first event's payload may be in a blob. */
export type AssignmentRow = Assignment & { readonly createdForm: number };

/** What a run `r` tells its holder; the payload of the first event only when there is no other. */
export const ASSIGNMENT_COLUMNS = `
r.run_id, r.epoch, r.last_seq, r.inbox_seq, r.namespace, r.document_hash, r.plan_version,
(extract(epoch from r.created_at) * 1000000)::int8, r.traceparent, (extract(epoch from now()) * 1000000)::int8`;

/** Joins the first event `e` of runs `r` that have no other. */
export const FIRST_EVENT = `
left join state.run_event e on e.run_id = r.run_id and e.seq = 1 and r.last_seq = 1`;

/** Reads `ASSIGNMENT_COLUMNS`, then `e.payload, e.form`. */
export function assignmentRow(columns: readonly unknown[]): AssignmentRow {
  const [runId, epoch, lastSeq, inboxSeq, namespace, hash, plan, createdAt, trace, now] = columns;
  const [payload, form] = columns.slice(10);
  return {
    runId: uuid(runId),
    epoch: int(epoch),
    lastSeq: int(lastSeq),
    inboxSeq: int(inboxSeq),
    namespace: text(namespace),
    documentHash: bytes(hash),
    planVersion: int(plan),
    createdAtUs: microseconds(createdAt),
    traceparent: optional(trace, text) ?? "",
    nowUs: microseconds(now),
    createdPayload: optional(payload, bytes),
    createdForm: optional(form, int) ?? 0,
  };
}
