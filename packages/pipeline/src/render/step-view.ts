import {
  ABSENT,
  isTrue,
  type Json,
  MISSING,
  type Undefined,
  type Value,
  type View,
} from "@orchestrator/template";

import type { Instance } from "../engine/frame.ts";
import type { StepRecord } from "../engine/step-record.ts";
import type { JsonObject, ResultValue } from "../events.ts";
import type { PlanStep } from "../plan.ts";

/** Reads results that are stored beside the log (L178). */
export type ResultReader = (blob: { readonly sha256: string; readonly size: number }) => Json;

/** What a view shows of an instance: its record, and its R, which of a container is derived. */
export type Viewed = {
  readonly step: PlanStep;
  readonly record: StepRecord;
  /** R, or ABSENT. */
  readonly value: () => Value;
  /** What `result` is, where it is not R (L121). */
  readonly result?: () => Value;
  /** A field of R. */
  readonly field: (name: string) => Value | undefined;
  readonly hasResult: boolean;
};

/** Makes what a name stands for in expressions (L69–L71). */
export function viewFrom(viewed: Viewed): View {
  const { record, value, hasResult } = viewed;
  return {
    kind: "view",
    value,
    field: (name) => fieldOf(viewed, name),
    truth: (asCondition) => isTruthful(viewed, { asCondition }),
    defined: hasResult,
    status: statusOf(record),
  };
}

/** Makes what the name of a step that holds no others stands for. */
export function stepView({ place: { step }, record }: Instance, read: ResultReader): View {
  const value = (): Value => resultOf(record, read);
  return viewFrom({
    step,
    record,
    value,
    field: (name) => fieldOfResult(value(), name),
    hasResult: record.result !== undefined,
  });
}

/** R of a step that holds no others, or ABSENT. */
export function resultOf(record: StepRecord, read: ResultReader): Json | Undefined {
  return record.result === undefined ? ABSENT : valueOf(record.result, read);
}

function valueOf(result: ResultValue, read: ResultReader): Json {
  return "inline" in result ? result.inline : read(result.blob);
}

/** A step that the run never reached is skipped by the time that anyone can ask. */
function statusOf({ status }: StepRecord): string {
  return status === "pending" ? "skipped" : status;
}

function fieldOf(viewed: Viewed, name: string): Value {
  const { step, record, value, field, hasResult } = viewed;
  const reserved = RESERVED.get(name);
  if (name === "result") {
    return (viewed.result ?? value)();
  }
  if (reserved !== undefined) {
    return reserved(record) ?? ABSENT;
  }
  const found = field(name);
  if (found !== undefined) {
    return found;
  }
  const recorded = RECORDED.get(name);
  if (recorded !== undefined) {
    return recorded(record, step) ?? ABSENT;
  }
  const parameter = parameterOf(record, name);
  if (parameter !== undefined) {
    return parameter;
  }
  return record.status === "completed" && hasResult ? MISSING : ABSENT;
}

function parameterOf({ parameters = {} }: StepRecord, name: string): Value | undefined {
  return Object.hasOwn(parameters, name) ? (parameters[name] ?? null) : undefined;
}

type Read = (record: StepRecord) => Value | undefined;

/** Read before anything else (L69). */
const RESERVED: ReadonlyMap<string, Read> = new Map<string, Read>([
  ["result", () => undefined],
  ["status", statusOf],
  ["success", ({ success }) => success],
  ["duration", secondsOf],
  ["parameters", ({ parameters }) => parameters],
  ["error", ({ error }) => error?.message],
  ["error_type", ({ error }) => error?.type],
  ["error_code", ({ error }) => error?.code],
]);

/** Fields of the record, after those of R (L70). */
const RECORDED: ReadonlyMap<string, (record: StepRecord, step: PlanStep) => Value | undefined> =
  new Map<string, (record: StepRecord, step: PlanStep) => Value | undefined>([
    ["id", (_, { id }) => id],
    ["tool", (_, { tool }) => tool],
    ["action", (_, { operation }) => operation],
    ["model", ({ usage }) => usage?.model],
    ["provider", ({ usage }) => usage?.provider],
    ["usage", usageOf],
    ["attempts", ({ attempts, status }) => (status === "skipped" ? undefined : attempts)],
    [
      "retries",
      ({ attempts, status }) => (status === "skipped" ? undefined : Math.max(0, attempts - 1)),
    ],
    ["timed_out", ({ error }) => error?.timedOut === true],
    ["recovered", () => false],
    ["cached", () => false],
    ["skip_reason", ({ skipReason }) => skipReason],
    ["started_at", ({ startedAtMs }) => inSeconds(startedAtMs)],
    ["completed_at", ({ endedAtMs }) => inSeconds(endedAtMs)],
    ["artifacts", artifactsOf],
    ["location", ({ location }) => location],
    ["produces", (_, { produces }) => produces ?? undefined],
  ]);

function secondsOf({ startedAtMs, endedAtMs }: StepRecord): number | undefined {
  return startedAtMs === undefined || endedAtMs === undefined
    ? undefined
    : (endedAtMs - startedAtMs) / 1000;
}

function inSeconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}

function usageOf({ usage }: StepRecord): JsonObject | undefined {
  return usage === undefined
    ? undefined
    : {
        input_tokens: usage.inputTokens,
        output_tokens: usage.outputTokens,
        cost_usd: usage.costNanoUsd / 1e9,
      };
}

function artifactsOf({ artifacts }: StepRecord): readonly JsonObject[] | undefined {
  return artifacts?.map(({ path, size, sha256, mediaType }) => ({
    path,
    size,
    sha256,
    media_type: mediaType,
  }));
}

const INDEX = /^-?\d+$/;

/** A field of R, or an element where the name is an index (L65). */
function fieldOfResult(result: Value, name: string): Value | undefined {
  if (typeof result === "string" || isList(result)) {
    return INDEX.test(name) ? result.at(Number(name)) : undefined;
  }
  if (isPlain(result)) {
    return Object.hasOwn(result, name) ? result[name] : undefined;
  }
  return undefined;
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

function isPlain(value: Value): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const NO_WORDS = new Set(["", "false", "no", "off", "0", "none", "null"]);

function isTruthful({ record, value }: Viewed, { asCondition }: { asCondition: boolean }): boolean {
  if (!record.success) {
    return false;
  }
  const result = value();
  return asCondition && typeof result === "string"
    ? !NO_WORDS.has(result.trim().toLowerCase())
    : isTrue(result);
}
