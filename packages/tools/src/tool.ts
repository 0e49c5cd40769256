import {
  FAILURE_CODES,
  type FailureCode,
  type JsonObject,
  LIMITS,
  type StepError,
} from "@orchestrator/pipeline";
import type { Json } from "@orchestrator/template";

import type { DataJob, DataOutcome } from "./data-processing/data-job.ts";
import type { Workspace } from "./workspace/workspace.ts";

/** A call of a tool or, without `tool`, of an action; names are canonical, parameters rendered and fitted. */
export type ToolCall = {
  readonly tool: string | null;
  readonly operation: string;
  readonly parameters: JsonObject;
};

/** What a call may use. */
export type ToolContext = {
  readonly workspace: Workspace;
  /** Aborts when the attempt is over; with a `TimeoutError` as reason when its time is up. */
  readonly signal: AbortSignal;
  readonly now: () => Date;
  /** Called when a tool shows that it lives (L92). */
  readonly progress: () => void;
  /** Whether the deployment waives the sandbox for host programs (L190). */
  readonly hostProcesses: boolean;
  readonly resourceLimits: {
    readonly memoryMb?: number;
    readonly cpuSeconds?: number;
    readonly outputKb?: number;
  };
  /** Names the attempt among all of the mesh. */
  readonly idempotencyKey: string;
  /** Where host programs are found; the standard directories unless given. */
  readonly programPath?: string;
  /** Works off a data job elsewhere, such as in a worker thread; here unless given. */
  readonly compute?: (job: DataJob, signal: AbortSignal) => Promise<DataOutcome>;
};

/** What came of a call. Paths written are relative to the workspace; absolute when they are in a configured root. */
export type ToolOutcome =
  | { readonly kind: "done"; readonly result: Json; readonly written: readonly string[] }
  | ToolFailure;

/** A call that failed; with a result when the failure is a reported one that has something to show (L81). */
export type ToolFailure = {
  readonly kind: "failed";
  readonly error: StepError;
  readonly result?: Json;
  readonly written: readonly string[];
};

/** How one operation or action is carried out. */
export type Operation = (parameters: JsonObject, context: ToolContext) => Promise<ToolOutcome>;

/** A call that did what it was asked for. */
export function done(result: Json, written: readonly string[] = []): ToolOutcome {
  return { kind: "done", result, written };
}

/** A call that failed, by code (L103). */
export function failed(
  code: FailureCode,
  message: string,
  extra: {
    readonly status?: number;
    readonly timedOut?: boolean;
    readonly result?: Json;
    readonly written?: readonly string[];
  } = {},
): ToolFailure {
  const { result, written = [], ...facts } = extra;
  return {
    kind: "failed",
    error: { code, type: FAILURE_CODES[code].type, message: bounded(message), ...facts },
    ...(result === undefined ? {} : { result }),
    written,
  };
}

/** What a call that was stopped by its signal comes to. */
export function stopped(signal: AbortSignal): ToolFailure {
  const { reason } = signal;
  return reason instanceof Error && reason.name === "TimeoutError"
    ? failed("TIMEOUT", "timeout: the attempt took too long", { timedOut: true })
    : failed("CANCELLED", "the attempt was cancelled");
}

function bounded(message: string): string {
  const most = LIMITS.errorTextBytes / 4;
  if (message.length <= most) {
    return message;
  }
  const half = most / 2;
  return `${message.slice(0, half)}\n[… ${message.length - most} characters left out …]\n${message.slice(-half)}`;
}
