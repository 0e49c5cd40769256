import { array, bool, bytes, int, optional, text, textMap, time } from "@orchestrator/postgres";

import { type Run, statusFrom } from "../run.ts";
import { uuid } from "./columns.ts";

/** All of a run `r`. */
export const RUN_COLUMNS = `
r.run_id, r.namespace, r.pipeline, r.pipeline_version, r.document_hash, r.plan_version, r.status, r.epoch, r.last_seq,
r.inbox_seq, r.takeovers, r.session_id, r.wake_at, r.created_at, r.ended_at, r.labels, r.priority, r.requires,
r.cancel_requested`;

/** How many columns `RUN_COLUMNS` are. */
export const RUN_COLUMN_COUNT = 19;

/** Reads `RUN_COLUMNS`. */
export function runRow(columns: readonly unknown[]): Run {
  const [runId, namespace, pipeline, pipelineVersion, documentHash, planVersion] = columns;
  const [status, epoch, lastSeq, inboxSeq, takeovers, sessionId] = columns.slice(6);
  const [wakeAt, createdAt, endedAt, labels, priority, requires, cancelled] = columns.slice(12);
  return {
    runId: uuid(runId),
    namespace: text(namespace),
    pipeline: text(pipeline),
    pipelineVersion: int(pipelineVersion),
    documentHash: bytes(documentHash),
    planVersion: int(planVersion),
    status: statusColumn(status),
    epoch: int(epoch),
    lastSeq: int(lastSeq),
    inboxSeq: int(inboxSeq),
    takeovers: int(takeovers),
    sessionId: optional(sessionId, int) ?? 0,
    wakeAt: optional(wakeAt, time),
    createdAt: time(createdAt),
    endedAt: optional(endedAt, time),
    labels: optional(labels, textMap) ?? {},
    priority: int(priority),
    requires: optional(requires, (items) => array(items, text)) ?? [],
    cancelRequested: bool(cancelled),
  };
}

/** Reads a status. */
export function statusColumn(value: unknown): Run["status"] {
  const status = statusFrom(int(value));
  if (status === undefined) {
    throw new TypeError(`the database gave the status ${int(value)}`);
  }
  return status;
}
