// Events as they are stored: a numbered kind, the version of the payload's shape, and a JSON object with short keys.
// Clients see the payloads (docs/reference/events.md); a key keeps its meaning for ever.
import type { Json } from "@orchestrator/template";

import { autoSourceOf } from "./auto/auto-source.ts";
import {
  EVENT_KIND,
  EVENT_VERSION,
  type EventKind,
  type JsonObject,
  type ModelUsage,
  type RunEvent,
  type RunWarning,
  type Skip,
  type SkipReason,
  type StoredFile,
  type Termination,
  type WaitEnd,
} from "./events.ts";
import {
  decidedFrom,
  type LoopEvent,
  loopEndFrom,
  loopEndPayload,
  loopPayload,
  loopStartedFrom,
} from "./loop-codec.ts";
import type { Hides } from "./redact/hides.ts";
import { utf8From } from "./utf8.ts";
import {
  answeredFrom,
  messageFrom,
  startedFrom,
  type WaitEvent,
  waitPayload,
  type WireMessage,
  wireMessage,
  type WireWait,
} from "./wait/wait-codec.ts";
import {
  artifactFrom,
  errorFrom,
  given,
  usageFrom,
  wireArtifact,
  type WireArtifact,
  wireError,
  type WireError,
  wireUsage,
  type WireUsage,
} from "./wire-parts.ts";

/** An event as it is stored. */
export type EncodedEvent = {
  readonly kind: number;
  readonly version: number;
  /** Step instance; empty for the run. */
  readonly step: string;
  /** From 1; 0 where there is none. */
  readonly attempt: number;
  readonly payload: Uint8Array;
};

/** Gives an event its stored form. */
export function encodeEvent(event: RunEvent): EncodedEvent {
  return {
    kind: EVENT_KIND[event.kind],
    version: EVENT_VERSION,
    step: "step" in event ? event.step : "",
    attempt: "attempt" in event ? event.attempt : 0,
    payload: utf8From(JSON.stringify(payloadOf(event))),
  };
}

/** Reads a stored event. */
export function decodeEvent({ kind, version, step, attempt, payload }: EncodedEvent): RunEvent {
  const name = KIND_NAMES.get(kind);
  if (name === undefined || version !== EVENT_VERSION) {
    throw new Error(`no event has kind ${kind} in version ${version}`);
  }
  const { hides: _, ...fields }: Payload & { hides?: Hides } = JSON.parse(
    payload.length === 0 ? "{}" : decoder.decode(payload),
  );
  return DECODERS[name]({ step, attempt, fields });
}

const decoder = new TextDecoder();
const KIND_NAMES = kindNames();

function kindNames(): ReadonlyMap<number, EventKind> {
  const names = new Map<number, EventKind>();
  let kind: EventKind;
  for (kind in EVENT_KIND) {
    names.set(EVENT_KIND[kind], kind);
  }
  return names;
}

/** What an event's payload may hold; `events-reference.ts` says what each key means. */
export type Payload = {
  /** Milliseconds since 1970. */
  at?: number;
  /** Duration in milliseconds. */
  ms?: number;
  inputs?: JsonObject;
  sections?: JsonObject;
  files?: readonly StoredFile[];
  labels?: Readonly<Record<string, string>>;
  warnings?: readonly RunWarning[];
  parameters?: JsonObject;
  skips?: Readonly<Record<string, SkipReason>>;
  result?: Json;
  /** R is stored apart. */
  result_blob?: { readonly sha256: string; readonly size: number };
  error?: WireError;
  artifacts?: readonly WireArtifact[];
  usage?: WireUsage;
  location?: string;
  reason?: string;
  wait_ms?: number;
  wake_after_ms?: number;
  inbox_seq?: number;
  message?: WireMessage;
  wait?: WireWait;
  how?: WaitEnd["how"];
  answer?: Json;
  sent_at?: number;
  status?: "completed" | "failed" | "cancelled";
  outputs?: JsonObject;
  unreached?: SkipReason;
  skip_reason?: SkipReason;
  auto_responses?: JsonObject;
  unattended?: boolean;
  number?: number;
  tool?: string;
  operation?: string;
  path?: string;
  value?: Json;
  by?: string;
  prompt_hash?: string;
  items?: readonly Json[];
  max_iterations?: number;
  max_parallel?: number;
  min_success_rate?: number;
  iteration?: number;
  verdict?: boolean;
  iterations?: number;
  terminated_by?: Termination;
};

function payloadOf(event: RunEvent): Payload {
  if (event.kind === "loop_started" || event.kind === "loop_decided") {
    return loopPayload(event);
  }
  if (event.kind === "wait_started" || event.kind === "wait_answered") {
    return waitPayload(event);
  }
  return "step" in event ? stepPayload(event) : runPayload(event);
}

function runPayload(event: Exclude<RunEvent, { readonly step: string }>): Payload {
  switch (event.kind) {
    case "run_created": {
      const { kind: _, autoResponses, ...fields } = event;
      return { ...fields, ...given("auto_responses", autoResponses) };
    }
    case "run_started":
    case "run_taken_over":
      return { at: event.atMs };
    case "run_suspended":
      return given("wake_after_ms", event.wakeAfterMs);
    case "message_received":
      return { inbox_seq: event.inboxSeq, message: wireMessage(event.message) };
    case "run_finished":
      return {
        at: event.atMs,
        status: event.status,
        outputs: event.outputs,
        ...(event.error === undefined ? {} : { error: wireError(event.error) }),
        ...given("unreached", event.unreached),
        ...given("warnings", event.warnings),
      };
  }
}

function stepPayload(
  event: Exclude<Extract<RunEvent, { readonly step: string }>, WaitEvent | LoopEvent>,
): Payload {
  switch (event.kind) {
    case "step_started":
      return { at: event.atMs, ...given("parameters", event.parameters) };
    case "step_completed":
      return completedPayload(event);
    case "step_failed":
      return {
        ...settledPayload(event),
        error: wireError(event.error),
        ...usagePayload(event.usage),
      };
    case "step_cancelled":
      return { ...settledPayload(event), reason: event.reason };
    case "step_skipped":
      return { at: event.atMs, skip_reason: event.reason, ...skipsOf(event) };
    case "attempt_failed":
      return {
        at: event.startedAtMs,
        ms: event.durationMs,
        error: wireError(event.error),
        wait_ms: event.waitMs,
        ...usagePayload(event.usage),
      };
    case "attempt_lost":
      return {};
    case "tool_called":
      return {
        at: event.atMs,
        ms: event.durationMs,
        number: event.number,
        tool: event.tool,
        operation: event.operation,
        parameters: event.parameters,
        ...(event.error === undefined ? {} : { error: wireError(event.error) }),
      };
    case "auto_resolved":
      return {
        path: event.path,
        value: event.value,
        by: event.by,
        ...usagePayload(event.usage),
        ...given("prompt_hash", event.promptHash),
        ...given("reason", event.reason),
      };
  }
}

type Of<K extends EventKind> = Extract<RunEvent, { readonly kind: K }>;

function completedPayload(event: Of<"step_completed">): Payload {
  const payload = settledPayload(event);
  const { result, error, artifacts, usage } = event;
  if (result !== undefined && "inline" in result) {
    payload.result = result.inline;
  } else if (result !== undefined) {
    payload.result_blob = result.blob;
  }
  if (error !== undefined) {
    payload.error = wireError(error);
  }
  if (artifacts !== undefined) {
    payload.artifacts = artifacts.map(wireArtifact);
  }
  Object.assign(payload, usagePayload(usage));
  if (event.location !== undefined) {
    payload.location = event.location;
  }
  if (event.warnings !== undefined) {
    payload.warnings = event.warnings;
  }
  return payload;
}

function usagePayload(usage: ModelUsage | undefined): Pick<Payload, "usage"> {
  return usage === undefined ? {} : { usage: wireUsage(usage) };
}

function settledPayload({
  startedAtMs,
  durationMs,
  parameters,
  loop,
  skips,
}: Pick<
  Of<"step_completed">,
  "startedAtMs" | "durationMs" | "parameters" | "loop" | "skips"
>): Payload {
  const payload: Payload = { at: startedAtMs, ms: durationMs };
  if (parameters !== undefined) {
    payload.parameters = parameters;
  }
  return Object.assign(payload, loopEndPayload(loop), skipsOf({ skips }));
}

function skipsOf({ skips = [] }: { readonly skips?: readonly Skip[] | undefined }): Payload {
  return skips.length === 0
    ? {}
    : { skips: Object.fromEntries(skips.map(({ step, reason }) => [step, reason])) };
}

type Stored = { readonly step: string; readonly attempt: number; readonly fields: Payload };

const DECODERS: { readonly [K in EventKind]: (stored: Stored) => Of<K> } = {
  run_created: createdEvent,
  run_started: ({ fields }) => ({ kind: "run_started", atMs: fields.at ?? 0 }),
  run_taken_over: ({ fields }) => ({ kind: "run_taken_over", atMs: fields.at ?? 0 }),
  step_started: ({ step, attempt, fields }) => ({
    kind: "step_started",
    step,
    attempt,
    atMs: fields.at ?? 0,
    ...given("parameters", fields.parameters),
  }),
  step_completed: completedEvent,
  step_failed: (stored) => ({
    kind: "step_failed",
    ...settledFields(stored),
    error: errorFrom(stored.fields.error),
    ...usageField(stored),
  }),
  step_skipped: skippedEvent,
  attempt_failed: attemptFailedEvent,
  run_suspended: ({ fields }) => ({
    kind: "run_suspended",
    ...given("wakeAfterMs", fields.wake_after_ms),
  }),
  message_received: ({ fields: { inbox_seq: inboxSeq = 0, message } }) => ({
    kind: "message_received",
    inboxSeq,
    message: messageFrom(message),
  }),
  run_finished: ({ fields }) => finishedEvent(fields),
  step_cancelled: (stored) => ({
    kind: "step_cancelled",
    ...settledFields(stored),
    reason: stored.fields.reason ?? "",
  }),
  attempt_lost: ({ step, attempt }) => ({ kind: "attempt_lost", step, attempt }),
  tool_called: toolCalledEvent,
  wait_started: startedFrom,
  wait_answered: answeredFrom,
  auto_resolved: (stored) => ({
    kind: "auto_resolved",
    step: stored.step,
    path: stored.fields.path ?? "",
    value: stored.fields.value ?? null,
    by: autoSourceOf(stored.fields.by),
    ...usageField(stored),
    ...given("promptHash", stored.fields.prompt_hash),
    ...given("reason", stored.fields.reason),
  }),
  loop_started: loopStartedFrom,
  loop_decided: decidedFrom,
};

function createdEvent({ fields }: Stored): Of<"run_created"> {
  const { auto_responses: autoResponses, ...same } = fields;
  return { inputs: {}, ...same, ...given("autoResponses", autoResponses), kind: "run_created" };
}

function toolCalledEvent({ step, attempt, fields }: Stored): Of<"tool_called"> {
  const { number = 0, tool = "", operation = "", parameters = {}, at = 0, ms = 0, error } = fields;
  const called = { number, tool, operation, parameters, atMs: at, durationMs: ms };
  return {
    kind: "tool_called",
    step,
    attempt,
    ...called,
    ...(error === undefined ? {} : { error: errorFrom(error) }),
  };
}

function skippedEvent({ step, fields }: Stored): Of<"step_skipped"> {
  const { skip_reason: reason = "condition", at: atMs = 0 } = fields;
  return { kind: "step_skipped", step, reason, atMs, ...given("skips", skipsFrom(fields)) };
}

function attemptFailedEvent({ step, attempt, fields }: Stored): Of<"attempt_failed"> {
  const { at: startedAtMs = 0, ms: durationMs = 0, wait_ms: waitMs = 0 } = fields;
  const error = errorFrom(fields.error);
  const times = { startedAtMs, durationMs, waitMs };
  return { kind: "attempt_failed", step, attempt, ...times, error, ...usageField({ fields }) };
}

function finishedEvent(fields: Payload): Of<"run_finished"> {
  const { at: atMs = 0, status = "failed", outputs = {}, error } = fields;
  return {
    kind: "run_finished",
    status,
    atMs,
    outputs,
    ...(error === undefined ? {} : { error: errorFrom(error) }),
    ...given("unreached", fields.unreached),
    ...given("warnings", fields.warnings),
  };
}

function completedEvent(stored: Stored): Of<"step_completed"> {
  const { fields } = stored;
  const { artifacts } = fields;
  const result = Object.hasOwn(fields, "result") ? { inline: fields.result ?? null } : undefined;
  const blob = fields.result_blob === undefined ? undefined : { blob: fields.result_blob };
  return {
    kind: "step_completed",
    ...settledFields(stored),
    ...given("result", result ?? blob),
    ...(fields.error === undefined ? {} : { error: errorFrom(fields.error) }),
    ...given("artifacts", artifacts?.map(artifactFrom)),
    ...usageField(stored),
    ...given("location", fields.location),
    ...given("warnings", fields.warnings),
  };
}

function settledFields({ step, attempt, fields }: Stored) {
  return {
    step,
    attempt,
    startedAtMs: fields.at ?? 0,
    durationMs: fields.ms ?? 0,
    ...given("parameters", fields.parameters),
    ...given("loop", loopEndFrom(fields)),
    ...given("skips", skipsFrom(fields)),
  };
}

function skipsFrom({ skips }: Payload): readonly Skip[] | undefined {
  return skips === undefined
    ? undefined
    : Object.entries(skips).map(([step, reason]) => ({ step, reason }));
}

function usageField({ fields: { usage } }: Pick<Stored, "fields">): { usage?: ModelUsage } {
  return usage === undefined ? {} : { usage: usageFrom(usage) };
}
