// The event log's union (I1): a run's state is the fold of these. Numbers are on disk; never reuse or renumber one.
import type { Json } from "@orchestrator/template";

import type { ReceivedMessage, Wait, WaitEnd } from "./wait/wait.ts";

/** Kinds as stored, the same numbers as `orchestrator.v1.RunEventKind`. */
export const EVENT_KIND = {
  run_created: 1,
  run_started: 2,
  step_started: 3,
  step_completed: 4,
  step_failed: 5,
  step_skipped: 6,
  attempt_failed: 7,
  run_suspended: 8,
  message_received: 9,
  run_finished: 10,
  step_cancelled: 11,
  attempt_lost: 12,
  run_taken_over: 13,
  loop_started: 14,
  wait_started: 15,
  wait_answered: 16,
  auto_resolved: 17,
  tool_called: 24,
  loop_decided: 25,
} as const;

export type EventKind = keyof typeof EVENT_KIND;

/** Version of the payload shapes below. */
export const EVENT_VERSION = 1;

/** An event with where and when it was committed. */
export type RecordedEvent = {
  readonly seq: number;
  /** Commit time by the database's clock, microseconds since 1970; before the acknowledgement, the executor's estimate. */
  readonly atUs: number;
  readonly event: RunEvent;
};

/** What happened. Members with `step` name an instance. Times are milliseconds since 1970, durations milliseconds. */
export type RunEvent =
  | {
      readonly kind: "run_created";
      /** Checked and coerced, defaults filled in (L22–L25). */
      readonly inputs: JsonObject;
      /** Rendered sections (L19); those that are empty are left out. */
      readonly sections?: JsonObject;
      /** Answers to AUTO tags that came with the request (L131). */
      readonly autoResponses?: JsonObject;
      /** Nobody is there to be asked: a step that waits for a person takes its default at once (L152). */
      readonly unattended?: boolean;
      /** Files that were put into the workspace with the request. */
      readonly files?: readonly StoredFile[];
      readonly labels?: Readonly<Record<string, string>>;
      /** Warnings that submission raised. */
      readonly warnings?: readonly RunWarning[];
    }
  | { readonly kind: "run_started"; readonly atMs: number }
  /** Another executor goes on with a run that was under way. */
  | { readonly kind: "run_taken_over"; readonly atMs: number }
  | {
      readonly kind: "step_started";
      readonly step: string;
      readonly attempt: number;
      readonly atMs: number;
      /** Rendered before the attempt; recorded when rendering it again could differ (I8). */
      readonly parameters?: JsonObject;
    }
  | (Settled & {
      readonly kind: "step_completed";
      /** R; absent when the step has none. */
      readonly result?: ResultValue;
      /** A reported failure (L81): the step completed without success. */
      readonly error?: StepError;
      readonly artifacts?: readonly Artifact[];
      readonly usage?: ModelUsage;
      readonly location?: string;
      readonly warnings?: readonly RunWarning[];
    })
  | (Settled & {
      readonly kind: "step_failed";
      readonly error: StepError;
      readonly usage?: ModelUsage;
    })
  | {
      readonly kind: "step_skipped";
      readonly step: string;
      readonly reason: SkipReason;
      readonly atMs: number;
      readonly skips?: readonly Skip[];
    }
  | (Attempted & {
      readonly kind: "attempt_failed";
      readonly error: StepError;
      /** Time from this event to the next attempt. */
      readonly waitMs: number;
      /** A model was asked all the same (L143). */
      readonly usage?: ModelUsage;
    })
  /** The executor vanished during this attempt, and it will be made again (L51). */
  | { readonly kind: "attempt_lost"; readonly step: string; readonly attempt: number }
  /** An AUTO has its value, which is never asked for again (L130). */
  | {
      readonly kind: "auto_resolved";
      /** The instance; empty for the outputs of the run. */
      readonly step: string;
      /** The field, `parameters.format`; further tags of one text end in `#2`, `#3`, … */
      readonly path: string;
      readonly value: Json;
      readonly by: AutoSource;
      readonly usage?: ModelUsage;
      /** SHA-256 of what the model was told, in hexadecimal. */
      readonly promptHash?: string;
      /** Why this model was chosen. */
      readonly reason?: string;
    }
  /** A model had a tool called within an attempt (L142); changes nothing in the fold. */
  | {
      readonly kind: "tool_called";
      readonly step: string;
      readonly attempt: number;
      /** From 1, among the calls of the attempt. */
      readonly number: number;
      readonly tool: string;
      readonly operation: string;
      readonly parameters: JsonObject;
      readonly atMs: number;
      readonly durationMs: number;
      readonly error?: StepError;
    }
  | {
      readonly kind: "run_suspended";
      /** Milliseconds until it wakes; absent: a message only. */
      readonly wakeAfterMs?: number;
    }
  | {
      readonly kind: "message_received";
      readonly inboxSeq: number;
      readonly message: ReceivedMessage;
    }
  /** An instance waits for a person, a time or a signal, and holds nothing meanwhile (L149). */
  | {
      readonly kind: "wait_started";
      readonly step: string;
      readonly attempt: number;
      readonly atMs: number;
      readonly wait: Wait;
      /** As rendered: a field is rendered once (L52). */
      readonly parameters: JsonObject;
    }
  /** The wait is over; the instance goes on with this. */
  | {
      readonly kind: "wait_answered";
      readonly step: string;
      readonly attempt: number;
      readonly atMs: number;
      readonly end: WaitEnd;
    }
  | (Settled & { readonly kind: "step_cancelled"; readonly reason: string })
  /** A container's condition held, and what bounds it was evaluated: once, and read back ever after (L105, I8). */
  | ({ readonly kind: "loop_started"; readonly step: string; readonly atMs: number } & LoopBounds)
  /** Whether an iteration runs; recorded when it does not, or when asking again could give another answer (I8, L113). */
  | {
      readonly kind: "loop_decided";
      readonly step: string;
      readonly iteration: number;
      readonly verdict: boolean;
      readonly atMs: number;
    }
  | {
      readonly kind: "run_finished";
      readonly status: "completed" | "failed" | "cancelled";
      readonly atMs: number;
      readonly outputs: JsonObject;
      /** Of the run itself; a step's failure stands with the step. */
      readonly error?: StepError;
      /** What every step that never settled is: skipped, for this reason. */
      readonly unreached?: SkipReason;
      readonly warnings?: readonly RunWarning[];
    };

export type { ReceivedMessage, Wait, WaitEnd, WaitKind } from "./wait/wait.ts";

/** Where the value of an AUTO comes from: a model, the run's `auto_responses`, the tag's `default`, the registry. */
export type AutoSource = "model" | "response" | "default" | "registry";

export type JsonObject = { readonly [key: string]: Json };

/** What every attempt that ended says of itself. */
type Attempted = {
  readonly step: string;
  readonly attempt: number;
  readonly startedAtMs: number;
  readonly durationMs: number;
};

/** What every settled instance says of itself. */
type Settled = Attempted & {
  /** Of a container. */
  readonly loop?: LoopEnd;
  /** Rendered parameters, when the plan keeps them. */
  readonly parameters?: JsonObject;
  /** Steps that this settlement skips: routed, or dependents under `skip`, or an else branch that is not needed. */
  readonly skips?: readonly Skip[];
};

/** What bounds a loop, as it was evaluated when it started. */
export type LoopBounds = {
  /** The list that it walks; absent for one that walks none. */
  readonly items?: readonly Json[];
  readonly maxIterations?: number;
  readonly maxParallel?: number;
  readonly minSuccessRate?: number;
};

/** How a container ended (L118). */
export type LoopEnd = {
  readonly iterations: number;
  readonly terminatedBy: Termination;
};

export type Termination = "items" | "empty" | "condition" | "max_iterations" | "error" | "timeout";

/** A step that will not run. */
export type Skip = { readonly step: string; readonly reason: SkipReason };

export type SkipReason =
  | "condition"
  | "routed"
  | "dependency_failed"
  | "else_not_needed"
  | "iteration_failed"
  | "run_failed"
  | "run_timeout"
  | "cancelled";

/** R inline, or where it is stored (L178). */
export type ResultValue =
  | { readonly inline: Json }
  | { readonly blob: { readonly sha256: string; readonly size: number } };

/** A failure (L103). */
export type StepError = {
  readonly code: string;
  readonly type: string;
  readonly message: string;
  /** HTTP status or exit status (L90). */
  readonly status?: number;
  readonly timedOut?: boolean;
  readonly retryAfterMs?: number;
};

/** L36. */
export type Artifact = StoredFile & { readonly mediaType: string };

/** A file whose bytes are in the blob store. */
export type StoredFile = { readonly path: string; readonly size: number; readonly sha256: string };

/** L143. */
export type ModelUsage = {
  readonly model: string;
  readonly provider: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costNanoUsd: number;
  /** Why this model was chosen, and what alias or fallback led to it (L135, L137). */
  readonly choice?: string;
};

/** A finding of a run that does not fail it (L173). */
export type RunWarning = {
  readonly code: string;
  readonly step?: string;
  readonly message: string;
};
