import type { Json } from "@orchestrator/template";

import { idOf, type Instance } from "../engine/frame.ts";
import type { RunState } from "../engine/run-state.ts";
import {
  type AttemptLogEntry,
  isSettled,
  type StepRecord,
  type StepStatus,
} from "../engine/step-record.ts";
import type { ModelUsage, ResultValue, RunWarning, SkipReason } from "../events.ts";
import type { PlanStep } from "../plan.ts";
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
  readonly parent: null;
  readonly iteration: null;
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
    status: statusOf(state, record),
    success: record.success,
    value: valueOf(step, record),
    ...errorFields(record.error),
    timed_out: record.error?.timedOut === true,
    skip_reason: skipReasonOf(state, record),
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
    dependencies: step.dependencies,
    artifacts: artifactDocuments(id, record),
    location: record.location ?? null,
    child_run_id: null,
    parent: null,
    iteration: null,
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

/** A step that the run did not reach is skipped once the run has ended (L83, L93). */
function statusOf({ end }: RunState, { status }: StepRecord): StepStatus {
  return status === "pending" && end !== undefined ? "skipped" : status;
}

function skipReasonOf({ end }: RunState, record: StepRecord): SkipReason | null {
  return record.skipReason ?? (record.status === "pending" ? (end?.unreached ?? null) : null);
}

/** L176. */
function valueOf(step: PlanStep, { result, success, error, usage }: StepRecord): Json {
  if (result === undefined) {
    return null;
  }
  const value = { result: shown(result), success, error: error?.message ?? null };
  return step.nature === "model"
    ? { ...value, action: step.operation, model_used: usage?.model ?? null }
    : value;
}

/** L178: what is stored apart is named; the executor stores what is above the inline bound. */
function shown(result: ResultValue): Json {
  return "inline" in result
    ? result.inline
    : {
        $blob: `sha256:${result.blob.sha256}`,
        size: result.blob.size,
        media_type: "application/json",
      };
}
