import { type Json, jsonOf } from "@orchestrator/template";

import { type Frame, idOf, type Instance } from "../engine/frame.ts";
import type { RunState } from "../engine/run-state.ts";
import {
  type AttemptLogEntry,
  isSettled,
  type StepRecord,
  type StepStatus,
} from "../engine/step-record.ts";
import type { ModelUsage, RunWarning, SkipReason } from "../events.ts";
import { resultOfInstance } from "../render/instance-view.ts";
import type { ResultReader } from "../render/step-view.ts";
import { type ArtifactDocument, artifactDocument } from "./artifacts.ts";
import { errorFields, timeFields } from "./document-fields.ts";

/** Tokens and cost (L143). */
export type Usage = {
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cost_usd: number;
};

/** A step in the result document (L175), keys in its order. */
export type StepDocument = {
  readonly id: string;
  readonly action: string;
  readonly tool: string | null;
  readonly status: StepStatus;
  readonly success: boolean;
  readonly value: Json;
  readonly error: string | null;
  readonly error_type: string | null;
  readonly error_code: string | null;
  readonly timed_out: boolean;
  readonly skip_reason: SkipReason | null;
  readonly recovered: boolean;
  readonly recovered_error: null;
  readonly cached: boolean;
  readonly model: string | null;
  readonly provider: string | null;
  readonly usage: Usage | null;
  readonly attempts: number;
  readonly retries: number;
  readonly attempt_log: readonly AttemptDocument[];
  readonly started_at: number | null;
  readonly completed_at: number | null;
  readonly duration: number | null;
  readonly dependencies: readonly string[];
  readonly artifacts: readonly ArtifactDocument[];
  readonly location: string | null;
  readonly child_run_id: null;
  readonly parent: string | null;
  readonly iteration: number | null;
  readonly warnings: readonly RunWarning[];
};

type AttemptDocument = {
  readonly number: number;
  readonly started_at: number;
  readonly duration: number;
  readonly error_type: string | null;
  readonly error: string | null;
};

/** Makes what the result document says of a step. */
export function stepDocument(state: RunState, instance: Instance): StepDocument {
  const { step } = instance.place;
  const { record } = instance;
  const id = idOf(instance);
  return {
    id,
    action: step.operation,
    tool: step.tool,
    status: statusOf(state, instance),
    success: record.success,
    value: valueOf(instance),
    ...errorFields(record.error),
    timed_out: record.error?.timedOut === true,
    skip_reason: skipReasonOf(state, instance),
    recovered: false,
    recovered_error: null,
    cached: false,
    ...modelFields(record.usage),
    attempts: record.attempts,
    retries: Math.max(0, record.attempts - 1),
    attempt_log: (record.log ?? []).map(attemptDocument),
    ...timeFields({
      fromMs: record.startedAtMs,
      toMs: isSettled(record) ? record.endedAtMs : undefined,
    }),
    dependencies: step.dependencies.map((of) => instance.frame.prefix + of),
    artifacts: artifactDocuments(id, record),
    location: record.location ?? null,
    child_run_id: null,
    ...placeFields(instance),
    warnings: record.warnings ?? [],
  };
}

function artifactDocuments(
  step: string,
  { artifacts = [] }: StepRecord,
): readonly ArtifactDocument[] {
  return artifacts.map(({ path, size, sha256, mediaType }) =>
    artifactDocument({ path, size, sha256, mediaType, step }),
  );
}

function modelFields(usage: ModelUsage | undefined) {
  return usage === undefined
    ? { model: null, provider: null, usage: null }
    : { model: usage.model, provider: usage.provider, usage: usageDocument([usage]) };
}

function attemptDocument({
  number,
  startedAtMs,
  durationMs,
  error,
}: AttemptLogEntry): AttemptDocument {
  return {
    number,
    started_at: startedAtMs / 1000,
    duration: durationMs / 1000,
    error_type: error?.type ?? null,
    error: error?.message ?? null,
  };
}

/** Adds up what model calls used. */
export function usageDocument(used: readonly ModelUsage[]): Usage {
  const nano = used.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0);
  return {
    input_tokens: used.reduce((sum, { inputTokens }) => sum + inputTokens, 0),
    output_tokens: used.reduce((sum, { outputTokens }) => sum + outputTokens, 0),
    cost_usd: nano / 1e9,
  };
}

/** L110: what is in a container names it. */
function placeFields({ frame: { owner, iteration } }: Instance) {
  if (owner === undefined) {
    return { parent: null, iteration: null };
  }
  return { parent: idOf(owner), iteration: owner.place.step.kind === "loop" ? iteration : null };
}

/** A step that was not reached is skipped once the run, or what it is part of, has ended (L83, L93, L114). */
function statusOf(state: RunState, { record, frame }: Instance): StepStatus {
  return record.status === "pending" && unreachedReason(state, frame) !== null
    ? "skipped"
    : record.status;
}

function skipReasonOf(state: RunState, { record, frame }: Instance): SkipReason | null {
  return record.skipReason ?? (record.status === "pending" ? unreachedReason(state, frame) : null);
}

/** Why what was not reached in a frame never will be; null while it may. */
function unreachedReason({ end }: RunState, { owner, halted }: Frame): SkipReason | null {
  if (owner !== undefined && halted && isSettled(owner.record)) {
    return "iteration_failed";
  }
  if (end?.unreached !== undefined) {
    return end.unreached;
  }
  const isOver = end !== undefined || (owner !== undefined && isSettled(owner.record));
  return isOver ? "iteration_failed" : null;
}

/** L176. */
function valueOf(instance: Instance): Json {
  const { record, place } = instance;
  const { step } = place;
  const result = jsonOf(resultOfInstance(instance, shownBlob));
  if (record.result === undefined && (step.kind === "task" || result === null)) {
    return null;
  }
  const { success, error, usage } = record;
  const value = { result, success, error: error?.message ?? null };
  return step.kind === "task" && step.nature === "model"
    ? { ...value, action: step.operation, model_used: usage?.model ?? null }
    : value;
}

/** L178: what is stored apart is named; the executor stores what is above the inline bound. */
const shownBlob: ResultReader = ({ sha256, size }) => ({
  $blob: `sha256:${sha256}`,
  size,
  media_type: "application/json",
});
