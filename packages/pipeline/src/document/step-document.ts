import type { Json } from "@orchestrator/template";

import { stepAt } from "../engine/loaded-plan.ts";
import { recordOf, type RunState, type StepRecord, type StepStatus } from "../engine/run-state.ts";
import type { ModelUsage, ResultValue, RunWarning, SkipReason } from "../events.ts";
import { LIMITS } from "../limits.ts";
import type { PlanStep } from "../plan.ts";
import type { ArtifactDocument } from "./result-document.ts";

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
export function stepDocument(state: RunState, index: number): StepDocument {
  const { step } = stepAt(state.loaded, index);
  const record = recordOf(state, index);
  const { startedAtMs, usage, error, attempts } = record;
  const status = statusOf(state, record);
  const settled = status !== "running" && status !== "waiting" && status !== "pending";
  const endedAtMs = settled ? record.endedAtMs : undefined;
  return {
    id: step.id,
    action: step.operation,
    tool: step.tool,
    status,
    success: record.success,
    value: valueOf(step, record),
    error: error?.message ?? null,
    error_type: error?.type ?? null,
    error_code: error?.code ?? null,
    timed_out: error?.timedOut === true,
    skip_reason: skipReasonOf(state, record),
    recovered: false,
    recovered_error: null,
    cached: false,
    model: usage?.model ?? null,
    provider: usage?.provider ?? null,
    usage: usage === undefined ? null : usageDocument([usage]),
    attempts,
    retries: Math.max(0, attempts - 1),
    attempt_log: (record.log ?? []).map((attempt) => ({
      number: attempt.number,
      started_at: attempt.startedAtMs / 1000,
      duration: attempt.durationMs / 1000,
      error_type: attempt.error?.type ?? null,
      error: attempt.error?.message ?? null,
    })),
    started_at: startedAtMs === undefined ? null : startedAtMs / 1000,
    completed_at: endedAtMs === undefined ? null : endedAtMs / 1000,
    duration:
      startedAtMs === undefined || endedAtMs === undefined
        ? null
        : (endedAtMs - startedAtMs) / 1000,
    dependencies: step.dependencies,
    artifacts: (record.artifacts ?? []).map(({ path, size, sha256, mediaType }) => ({
      path,
      size,
      sha256,
      media_type: mediaType,
      step: step.id,
    })),
    location: record.location ?? null,
    child_run_id: null,
    parent: null,
    iteration: null,
    warnings: record.warnings ?? [],
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

/** Bytes of JSON above which a result is stored apart (L178). */
export const INLINE_RESULT_BYTES = LIMITS.inlineResultBytes;
