import type { Json } from "@orchestrator/template";

import type {
  JsonObject,
  ModelUsage,
  RunWarning,
  SkipReason,
  StepError,
  StoredFile,
} from "../events.ts";
import type { KeptSignal } from "../wait/wait.ts";
import { type Frame, type Instance, instanceAt, openFrame } from "./frame.ts";
import type { LoadedPlan } from "./loaded-plan.ts";

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
  /** Answers that came with the request (L131). */
  autoResponses: JsonObject;
  /** Values of AUTO tags in outputs, by field path (L130), and what asking for them used. */
  autos: JsonObject;
  autoUsage: ModelUsage | undefined;
  startedAtMs: number | undefined;
  /** The plan's own steps. */
  readonly root: Frame;
  /** Settled instances of all frames, in order of settlement. */
  readonly settled: Instance[];
  cancel: { readonly reason: string } | undefined;
  /** Nobody is there to be asked (L152). */
  unattended: boolean;
  /** Signals that no wait has taken, in the order in which they were sent (L157). */
  signals: readonly KeptSignal[];
  /** Last message that was taken in. */
  inboxSeq: number;
  suspended: boolean;
  end: RunEnd | undefined;
};

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
    autoResponses: {},
    autos: {},
    autoUsage: undefined,
    startedAtMs: undefined,
    root: openFrame(loaded.root, ""),
    settled: [],
    cancel: undefined,
    unattended: false,
    signals: [],
    inboxSeq: 0,
    suspended: false,
    end: undefined,
  };
}

/** The instance that an id names (L110). */
export function locate(state: RunState, id: string): Instance {
  const index = state.root.block.indexes.get(id);
  if (index === undefined) {
    throw new Error(`the plan has no step "${id}"`);
  }
  return instanceAt(state.root, index);
}

/** All instances of a run as far as there are any yet, in document order. */
export function instancesOf({ root }: RunState): readonly Instance[] {
  return root.instances;
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
