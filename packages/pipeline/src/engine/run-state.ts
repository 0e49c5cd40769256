import type { Json } from "@orchestrator/template";

import type {
  Artifact,
  JsonObject,
  ModelUsage,
  ResultValue,
  RunWarning,
  SkipReason,
  StepError,
  StoredFile,
} from "../events.ts";
import type { LoadedPlan } from "./loaded-plan.ts";

/** Status of an instance (L80). */
export type StepStatus =
  | "pending"
  | "running"
  | "waiting"
  | "completed"
  | "failed"
  | "skipped"
  | "cancelled";

/** What is recorded of an instance; plain JSON, so that it can be stored. Only `apply` changes it. */
export type StepRecord = {
  status: StepStatus;
  /** L69: completed with success. */
  success: boolean;
  /** Number of the last attempt that counts; 0 before the first. */
  attempts: number;
  /** Attempts that vanished since the last one that ended (L51). */
  lost: number;
  /** When the first attempt began and the last one ended, milliseconds since 1970. */
  startedAtMs?: number;
  endedAtMs?: number;
  /** For `waiting`: when the next attempt is due. */
  dueAtMs?: number;
  /** Sequence number of the settling event. */
  seq?: number;
  result?: ResultValue;
  error?: StepError;
  skipReason?: SkipReason;
  parameters?: JsonObject;
  artifacts?: readonly Artifact[];
  /** Of all attempts together (L143). */
  usage?: ModelUsage;
  location?: string;
  warnings?: readonly RunWarning[];
  log?: AttemptLogEntry[];
};

/** An attempt that ended (L175). */
export type AttemptLogEntry = {
  readonly number: number;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly error?: StepError;
};

/** How a run ended. */
export type RunEnd = {
  readonly status: "completed" | "failed" | "cancelled";
  readonly atMs: number;
  readonly outputs: JsonObject;
  readonly error?: StepError;
  readonly unreached?: SkipReason;
  readonly warnings?: readonly RunWarning[];
};

/** The fold of a run's events (I1). Only `apply` changes it. */
export type RunState = {
  readonly loaded: LoadedPlan;
  /** Last event that was applied. */
  seq: number;
  createdAtUs: number;
  inputs: JsonObject;
  sections: JsonObject;
  files: readonly StoredFile[];
  labels: Readonly<Record<string, string>>;
  warnings: RunWarning[];
  startedAtMs: number | undefined;
  /** In plan order; untouched steps share one record. */
  readonly steps: StepRecord[];
  /** Indexes of settled steps, in order of settlement. */
  readonly settled: number[];
  /** Steps that failed, either way, in order of settlement (L82). */
  readonly failures: number[];
  /** A failure under policy `fail` stopped the run (L83). */
  halted: boolean;
  cancel: { readonly reason: string } | undefined;
  /** Last message that was taken in. */
  inboxSeq: number;
  suspended: boolean;
  end: RunEnd | undefined;
};

/** A step that nothing happened to yet. */
export const UNTOUCHED: StepRecord = Object.freeze({
  status: "pending",
  success: false,
  attempts: 0,
  lost: 0,
});

/** A run before its first event. */
export function openRun(loaded: LoadedPlan): RunState {
  return {
    loaded,
    seq: 0,
    createdAtUs: 0,
    inputs: {},
    sections: {},
    files: [],
    labels: {},
    warnings: [],
    startedAtMs: undefined,
    steps: Array.from(loaded.steps, () => UNTOUCHED),
    settled: [],
    failures: [],
    halted: false,
    cancel: undefined,
    inboxSeq: 0,
    suspended: false,
    end: undefined,
  };
}

/** The record of a step. */
export function recordOf(state: RunState, index: number): StepRecord {
  return state.steps[index] ?? UNTOUCHED;
}

/** True once nothing more happens to the step. */
export function isSettled({ status }: StepRecord): boolean {
  return status !== "pending" && status !== "running" && status !== "waiting";
}

const STRENGTH: readonly SkipReason[] = ["else_not_needed", "routed", "dependency_failed"];

/** True when a step that was skipped for a reason is rather skipped for another one: there may be several at once. */
export function isStronger(reason: SkipReason, than: SkipReason): boolean {
  return STRENGTH.includes(than) && STRENGTH.indexOf(reason) > STRENGTH.indexOf(than);
}

/** The object that a section holds, or nothing. */
export function sectionOf(state: RunState, name: string): JsonObject {
  const section = Object.hasOwn(state.sections, name) ? state.sections[name] : undefined;
  return isObject(section) ? section : {};
}

/** True for a JSON object. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
