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
import { type Frame, frameOf, type Instance, instancesIn, openFrame } from "./frame.ts";
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
  /** Instances that there are, or will be at most when the loops that have started end (L218). */
  instances: number;
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
    root: openFrame(loaded.root, { prefix: "", owner: undefined, iteration: 0 }),
    settled: [],
    instances: loaded.root.steps.length,
    cancel: undefined,
    unattended: false,
    signals: [],
    inboxSeq: 0,
    suspended: false,
    end: undefined,
  };
}

/** The instance that an id names (L110); the frames on the way to it are opened. */
export function locate({ root }: RunState, id: string): Instance {
  const index = root.block.indexes.get(id);
  const found = index === undefined ? locateIn(root, id) : root.instances[index];
  if (found === undefined) {
    throw new Error(`the plan has no step "${id}"`);
  }
  return found;
}

/** All instances of a run as far as anything has happened in their frames, in document order. */
export function instancesOf({ root }: RunState): readonly Instance[] {
  return root.block.size === root.instances.length ? root.instances : [...instancesIn(root)];
}

/** Where an id may be parted: the number of an iteration, and a name after it. */
const ITERATION = /_(\d+)_(?=[A-Za-z])/g;

function locateIn(frame: Frame, id: string): Instance | undefined {
  const own = memberOf(frame, id);
  if (own !== undefined) {
    return own;
  }
  for (const match of id.matchAll(ITERATION)) {
    const loop = memberOf(frame, id.slice(0, match.index));
    if (loop?.place.step.kind === "loop") {
      const rest = id.slice(match.index + match[0].length);
      const found = locateIn(frameOf(loop, Number(match[1])), rest);
      if (found !== undefined) {
        return found;
      }
    }
  }
  return undefined;
}

/** A step of a frame by its own id, also when it is in a group there. */
function memberOf(frame: Frame, id: string): Instance | undefined {
  const { indexes, aliases } = frame.block;
  const index = indexes.get(id);
  if (index !== undefined) {
    return frame.instances[index];
  }
  const inGroup = aliases.get(id);
  const group = inGroup === undefined ? undefined : frame.instances[inGroup];
  return group?.place.step.kind === "group" ? memberOf(frameOf(group, 0), id) : undefined;
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
