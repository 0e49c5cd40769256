import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import {
  type DocumentFacts,
  type Finding,
  type InputViolation,
  instancesOf,
  type ModelUsage,
  type RunArtifact,
  type RunState as FoldedRun,
  shownPayload,
} from "@orchestrator/pipeline";
import {
  type EventRecord,
  type PipelineRecord,
  type RunRecord,
  RunState,
  type SecretRecord,
  type SessionRecord,
} from "@orchestrator/proto/state/v1/state_pb";
import type { SecretSchema } from "@orchestrator/proto/v1/admin_pb";
import { type SessionSchema, SessionState } from "@orchestrator/proto/v1/operations_pb";
import {
  type FindingSchema,
  Finding_Severity as Severity,
  type PipelineSchema,
} from "@orchestrator/proto/v1/pipeline_pb";
import {
  type ArtifactSchema,
  RunEventKind,
  type RunEvent,
  type RunSchema,
  RunStatus,
  type UsageSchema,
} from "@orchestrator/proto/v1/run_pb";
import type { FieldViolation } from "@orchestrator/rpc";

import { runIdText } from "./run-id.ts";

/** Give a stored run its shape on the wire; where its fold is known, with what was spent on models. */
export function wireFromRun(
  run: RunRecord,
  folded?: FoldedRun,
): MessageInitShape<typeof RunSchema> {
  return {
    runId: runIdText(run.runId),
    pipeline: run.pipeline,
    pipelineVersion: run.pipelineVersion,
    status: statusOf(run),
    waitingReason: waitingReasonOf(run),
    lastSequence: BigInt(run.lastSeq),
    labels: run.labels,
    priority: run.priority,
    ...(folded === undefined ? {} : { usage: usageFrom(folded) }),
    ...(run.createTime === undefined ? {} : { createTime: run.createTime }),
    ...(run.endTime === undefined ? {} : { endTime: run.endTime }),
  };
}

const STATUSES: ReadonlyMap<RunState, RunStatus> = new Map<RunState, RunStatus>([
  [RunState.READY, RunStatus.QUEUED],
  [RunState.RUNNING, RunStatus.RUNNING],
  [RunState.SUSPENDED, RunStatus.WAITING],
  [RunState.COMPLETED, RunStatus.COMPLETED],
  [RunState.FAILED, RunStatus.FAILED],
  [RunState.CANCELLED, RunStatus.CANCELLED],
  [RunState.QUARANTINED, RunStatus.QUARANTINED],
]);
const ENDED: ReadonlySet<RunState> = new Set<RunState>([
  RunState.COMPLETED,
  RunState.FAILED,
  RunState.CANCELLED,
]);

function statusOf({ state, cancelRequested }: RunRecord): RunStatus {
  return cancelRequested && !ENDED.has(state)
    ? RunStatus.CANCELLING
    : (STATUSES.get(state) ?? RunStatus.UNSPECIFIED);
}

/**
 * The stored states that runs of some statuses may be in; `undefined` when there are none.
 *
 * Whether a run was asked to stop is no state: of those that have not ended some stand otherwise.
 */
export function statesFromStatuses(statuses: readonly RunStatus[]): RunState[] | undefined {
  const isAsked = (state: RunState, status: RunStatus): boolean =>
    statuses.includes(status) || (statuses.includes(RunStatus.CANCELLING) && !ENDED.has(state));
  const states = [...STATUSES].flatMap(([state, status]) =>
    isAsked(state, status) ? [state] : [],
  );
  return states.length === 0 && statuses.length > 0 ? undefined : states;
}

function waitingReasonOf({ state, unmetRequires, wakeTime }: RunRecord): string {
  if (state === RunState.READY) {
    return unmetRequires.length === 0
      ? "waits for a free executor"
      : `no connected executor offers ${unmetRequires.join(", ")}`;
  }
  if (state === RunState.QUARANTINED) {
    return "brought down its executor three times without progress; cancel it";
  }
  if (state === RunState.SUSPENDED) {
    return wakeTime === undefined
      ? "waits for a message"
      : `waits until ${new Date(Number(wakeTime.seconds) * 1000).toISOString()}`;
  }
  return "";
}

/** What the result document says of a run beside the fold of its events, which may be newer than its row. */
export function documentFactsFrom(run: RunRecord, { end }: Pick<FoldedRun, "end">): DocumentFacts {
  const status = statusOf(run);
  const word = Object.entries(RunStatus).find(([, value]) => value === status)?.[0] ?? "";
  return {
    runId: runIdText(run.runId),
    status: end?.status ?? STATUS_WORDS.find((known) => known === word.toLowerCase()) ?? "queued",
  };
}

const STATUS_WORDS = [
  "queued",
  "running",
  "waiting",
  "cancelling",
  "completed",
  "failed",
  "cancelled",
  "quarantined",
] as const satisfies readonly DocumentFacts["status"][];

/** What a run's steps spent on models (L143). */
function usageFrom(run: FoldedRun): MessageInitShape<typeof UsageSchema> {
  const spent = instancesOf(run).flatMap(({ record }) => record.usage ?? []);
  const sum = (of: (one: ModelUsage) => number): bigint =>
    BigInt(spent.reduce((total, one) => total + of(one), 0));
  return {
    inputTokens: sum(({ inputTokens }) => inputTokens),
    outputTokens: sum(({ outputTokens }) => outputTokens),
    costNanoUsd: sum(({ costNanoUsd }) => costNanoUsd),
  };
}

/** Give a committed event its shape on the wire. Kinds have the same numbers in both. */
export function wireFromEvent(event: EventRecord): RunEvent {
  return {
    // A whole message: to have one made of parts costs more than all of it.
    $typeName: "orchestrator.v1.RunEvent",
    sequence: BigInt(event.seq),
    kind: KINDS.get(event.kind) ?? RunEventKind.UNSPECIFIED,
    step: event.step,
    attempt: event.attempt,
    time: timestampFromUs(event.atUs),
    payloadJson: payloadOf(event),
  };
}

const KINDS: ReadonlyMap<number, RunEventKind> = new Map(
  Object.values(RunEventKind).map((kind) => [kind, kind]),
);

function timestampFromUs(bigUs: bigint): Timestamp {
  const us = Number(bigUs);
  const seconds = Math.floor(us / 1_000_000);
  return {
    $typeName: "google.protobuf.Timestamp",
    seconds: BigInt(seconds),
    nanos: (us - seconds * 1_000_000) * 1_000,
  };
}

/** A payload that is kept as a blob and was not resolved is named, as results are (L178). */
function payloadOf({ payload, blobHash }: EventRecord): string {
  return payload.length === 0 && blobHash.length > 0
    ? JSON.stringify({ $blob: `sha256:${Buffer.from(blobHash).toString("hex")}` })
    : shownPayload(
        Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString("utf8"),
      );
}

/** Give a file that a step wrote its shape on the wire (L36). */
export function wireFromArtifact({
  path,
  size,
  sha256,
  mediaType,
  step,
}: RunArtifact): MessageInitShape<typeof ArtifactSchema> {
  return { path, size: BigInt(size), sha256, mediaType, step };
}

/** Give a stored version of a pipeline its shape on the wire. */
export function wireFromPipeline(
  pipeline: PipelineRecord | undefined,
): MessageInitShape<typeof PipelineSchema> {
  if (pipeline === undefined) {
    throw new Error("the state service answered without a pipeline");
  }
  return {
    name: pipeline.name,
    version: pipeline.version,
    documentHash: Buffer.from(pipeline.documentHash).toString("hex"),
    title: pipeline.title,
    documentVersion: pipeline.documentVersion,
    labels: pipeline.labels,
    ...(pipeline.createTime === undefined ? {} : { createTime: pipeline.createTime }),
    ...(pipeline.archiveTime === undefined ? {} : { archiveTime: pipeline.archiveTime }),
  };
}

/** Give a stored secret its shape on the wire. */
export function wireFromSecret(secret: SecretRecord): MessageInitShape<typeof SecretSchema> {
  const { name, readable, createTime, updateTime } = secret;
  return {
    name,
    readable,
    ...(createTime === undefined ? {} : { createTime }),
    ...(updateTime === undefined ? {} : { updateTime }),
  };
}

/** Give an executor's session its shape on the wire. */
export function wireFromSession(session: SessionRecord): MessageInitShape<typeof SessionSchema> {
  return {
    sessionId: String(session.sessionId),
    executor: session.executor,
    state: session.live ? SessionState.LIVE : SessionState.DEAD,
    offers: session.offers,
    capacity: session.capacity,
    heldRuns: session.heldRuns,
    ...(session.createTime === undefined ? {} : { createTime: session.createTime }),
    ...(session.expireTime === undefined ? {} : { expireTime: session.expireTime }),
  };
}

const WIRE_SEVERITY: Readonly<Record<Finding["severity"], Severity>> = {
  error: Severity.ERROR,
  warning: Severity.WARNING,
  info: Severity.INFO,
};

/** Give a finding its shape on the wire; what it has not is empty. */
export function wireFromFinding(finding: Finding): MessageInitShape<typeof FindingSchema> {
  return {
    code: finding.code,
    severity: WIRE_SEVERITY[finding.severity],
    category: finding.category,
    step: finding.step ?? "",
    path: finding.path ?? "",
    line: finding.line ?? 0,
    column: finding.column ?? 0,
    referencedStep: finding.referenced_step ?? "",
    referencedField: finding.referenced_field ?? "",
    message: finding.message,
    suggestions: [...finding.suggestions],
  };
}

/** An input that a submission would refuse, as a finding of ValidatePipeline. */
export function wireFromViolation(
  violation: InputViolation,
): MessageInitShape<typeof FindingSchema> {
  return {
    code: violation.code,
    severity: Severity.ERROR,
    category: "submission",
    path: `inputs.${violation.input}`,
    message: violation.message,
  };
}

/** The errors among findings, as the violations of a refused request. */
export function violationsFromFindings(findings: readonly Finding[]): FieldViolation[] {
  return findings
    .filter(({ severity }) => severity === "error")
    .map(({ code, path, line, column, message }) => ({
      field: path ?? "source",
      description: `${code}${line === null ? "" : ` at ${line}:${column ?? 1}`}: ${message}`,
    }));
}
