import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import {
  type Acks,
  type CreateRunsResponseSchema,
  type EventRecord,
  type LinkResponseSchema,
  type LinkWork as WireLinkWork,
  type PipelineRecordSchema,
  type RunCreation,
  RunCreated_Outcome as WireOutcome,
  type RunRecordSchema,
  RunState,
  type SecretRecordSchema,
  type SessionRecordSchema,
  Verdict,
  type WaitRecordSchema,
  type WatchRunsResponse,
} from "@orchestrator/proto/state/v1/state_pb";

import { rowsOf } from "./append-columns.ts";
import type { Refusal } from "./append.ts";
import type { Assignment } from "./assignment.ts";
import type { Creation, CreationOutcome } from "./creation.ts";
import type { Event } from "./event.ts";
import type { LinkFrame } from "./link-frame.ts";
import type { LinkWork } from "./link.ts";
import type { Pipeline } from "./pipeline.ts";
import type { Run } from "./run.ts";
import type { SecretBox } from "./secret-box.ts";
import type { StoredSecret } from "./secret.ts";
import type { Session } from "./session.ts";
import type { StoredWait } from "./wait.ts";
import type { Watched } from "./watch-hub.ts";

/** Gives a run's row its shape on the wire. */
export function wireFromRun(
  { status, sessionId, wakeAt, createdAt, endedAt, requires, ...run }: Run,
  unmetRequires: readonly string[] = [],
): MessageInitShape<typeof RunRecordSchema> {
  return {
    runId: run.runId,
    namespace: run.namespace,
    pipeline: run.pipeline,
    pipelineVersion: run.pipelineVersion,
    documentHash: run.documentHash,
    planVersion: run.planVersion,
    state: status,
    epoch: run.epoch,
    lastSeq: run.lastSeq,
    inboxSeq: run.inboxSeq,
    takeovers: run.takeovers,
    sessionId: BigInt(sessionId),
    ...(wakeAt === undefined ? {} : { wakeTime: timestampFromDate(wakeAt) }),
    createTime: timestampFromDate(createdAt),
    ...(endedAt === undefined ? {} : { endTime: timestampFromDate(endedAt) }),
    labels: { ...run.labels },
    priority: run.priority,
    requires: [...requires],
    cancelRequested: run.cancelRequested,
    unmetRequires: [...unmetRequires],
  };
}

/** Gives a secret its shape on the wire; it has no value there. */
export function wireFromSecret(
  { name, keyId, createdAt, updatedAt }: StoredSecret,
  box: SecretBox | undefined,
): MessageInitShape<typeof SecretRecordSchema> {
  return {
    name,
    createTime: timestampFromDate(createdAt),
    updateTime: timestampFromDate(updatedAt),
    readable: box?.isOurs(keyId) ?? false,
  };
}

/** Gives a wait its shape on the wire. */
export function wireFromWait({
  waitId,
  form,
  payload,
  createdAt,
  endedAt,
  ...same
}: StoredWait): MessageInitShape<typeof WaitRecordSchema> {
  return {
    ...same,
    waitId: BigInt(waitId),
    ...(form === 1 ? { blobHash: payload } : { payload }),
    createTime: timestampFromDate(createdAt),
    ...(endedAt === undefined ? {} : { endTime: timestampFromDate(endedAt) }),
  };
}

/** Gives a pipeline its shape on the wire. */
export function wireFromPipeline({
  createdAt,
  archivedAt,
  labels,
  ...pipeline
}: Pipeline): MessageInitShape<typeof PipelineRecordSchema> {
  return {
    ...pipeline,
    labels: { ...labels },
    createTime: timestampFromDate(createdAt),
    ...(archivedAt === undefined ? {} : { archiveTime: timestampFromDate(archivedAt) }),
  };
}

/** Gives a session its shape on the wire. */
export function wireFromSession({
  sessionId,
  offers,
  createdAt,
  expiresAt,
  ...session
}: Session): MessageInitShape<typeof SessionRecordSchema> {
  return {
    ...session,
    sessionId: BigInt(sessionId),
    offers: [...offers],
    createTime: timestampFromDate(createdAt),
    ...(expiresAt === undefined ? {} : { expireTime: timestampFromDate(expiresAt) }),
  };
}

/** Gives an event its shape on the wire: a whole message, since to have one made of parts costs more than all of it. */
export function wireFromEvent({
  seq,
  kind,
  version,
  step,
  attempt,
  form,
  payload,
  atUs,
}: Event): EventRecord {
  return {
    $typeName: "orchestrator.state.v1.EventRecord",
    seq,
    kind,
    version,
    step,
    attempt,
    atUs: BigInt(atUs),
    payload: form === 1 ? NO_BYTES : payload,
    blobHash: form === 1 ? payload : NO_BYTES,
  };
}

const NO_BYTES = new Uint8Array();

/** Gives what happened to watched runs its shape on the wire. */
export function wireFromWatched(watched: readonly Watched[]): WatchRunsResponse {
  return {
    $typeName: "orchestrator.state.v1.WatchRunsResponse",
    watched: watched.map(({ watchId, events, status, unknownRun, ended }) => ({
      $typeName: "orchestrator.state.v1.Watched",
      watchId,
      events: events.map(wireFromEvent),
      state: status ?? RunState.UNSPECIFIED,
      unknownRun,
      ended,
    })),
  };
}

/** Takes a creation from the wire. */
export function creationFromWire(creation: RunCreation): Creation {
  const digest = Buffer.alloc(8);
  digest.writeBigUInt64BE(creation.requestDigest);
  return {
    namespace: creation.namespace,
    requestId: creation.requestId,
    requestDigest: digest,
    documentHash: creation.documentHash,
    planVersion: creation.planVersion,
    pipeline: creation.pipeline,
    pipelineVersion: creation.pipelineVersion,
    createdPayload: creation.createdPayload,
    labels: creation.labels,
    priority: creation.priority,
    requires: creation.requires,
    traceparent: creation.traceparent,
  };
}

type WireCreated = NonNullable<
  MessageInitShape<typeof CreateRunsResponseSchema>["created"]
>[number];

/** Gives the outcome of a creation its shape on the wire. */
export function wireFromCreation(ticket: number, outcome: CreationOutcome): WireCreated {
  switch (outcome.kind) {
    case "created":
      return { ticket, outcome: WireOutcome.CREATED, run: wireFromRun(outcome.run) };
    case "repeated":
      return { ticket, outcome: WireOutcome.REPEATED, run: wireFromRun(outcome.run) };
    case "conflict":
      return { ticket, outcome: WireOutcome.CONFLICT, run: wireFromRun(outcome.run) };
    case "unknown_definition":
      return { ticket, outcome: WireOutcome.UNKNOWN_DEFINITION };
    case "unavailable":
      return { ticket, outcome: WireOutcome.UNAVAILABLE, message: outcome.message };
    case "invalid":
      return { ticket, outcome: WireOutcome.INVALID, message: outcome.message };
  }
}

/** Takes a frame of work from the wire; payloads stay views of it. */
export function linkWorkFromWire(work: WireLinkWork): LinkWork {
  const { binds, appends, released, givenUp, credit, wantedRunIds, held } = work;
  return {
    binds,
    appends: appends === undefined ? [] : rowsOf(appends),
    released,
    givenUp,
    credit,
    wanted: wantedRunIds,
    held: held?.runIds.map((runId, index) => ({ runId, epoch: held.epochs[index] ?? 0 })),
  };
}

/** Gives a frame of a link its shape on the wire. */
export function wireFromLinkFrame(frame: LinkFrame): MessageInitShape<typeof LinkResponseSchema> {
  const { assigns, ackHandles, ackSeqs, refusals, revoked, deliveries, draining } = frame;
  return {
    assigns: assigns.map(wireFromAssignment),
    ...(ackHandles.length === 0 ? {} : { acks: acksOf(ackHandles, ackSeqs) }),
    refusals: refusals.map(({ handle, fromSeq, verdict, lastSeq, inboxSeq }) => ({
      handle,
      fromSeq,
      verdict: VERDICT_ON_WIRE[verdict],
      lastSeq,
      inboxSeq,
    })),
    revoked: revoked.map(({ runId, epoch }) => ({ runId, epoch })),
    deliveries: deliveries.map(({ handle, messages }) => ({ handle, messages: [...messages] })),
    draining,
  };
}

function acksOf(handles: readonly number[], seqs: readonly number[]): Acks {
  return { $typeName: "orchestrator.state.v1.Acks", handle: [...handles], seq: [...seqs] };
}

const VERDICT_ON_WIRE: Readonly<Record<Refusal, Verdict>> = {
  stale: Verdict.STALE,
  gap: Verdict.GAP,
  conflict: Verdict.CONFLICT,
  inbox_ahead: Verdict.INBOX_AHEAD,
  unknown_run: Verdict.UNKNOWN_RUN,
  invalid: Verdict.INVALID,
  unavailable: Verdict.UNAVAILABLE,
};

function wireFromAssignment({ createdPayload, createdAtUs, nowUs, ...assignment }: Assignment) {
  return {
    ...assignment,
    ...(createdPayload === undefined ? {} : { createdPayload }),
    createdAtUs: BigInt(createdAtUs),
    nowUs: BigInt(nowUs),
  };
}
