import {
  type Frame,
  frameOf,
  framesOf,
  idOf,
  type Instance,
  instanceAt,
  instancesIn,
} from "./frame.ts";
import type { LoadedPlan } from "./loaded-plan.ts";
import { locate, openRun, type RunState } from "./run-state.ts";
import { type StepRecord, UNTOUCHED } from "./step-record.ts";

/** Version of the snapshot's shape; one of another version is not read, and the log is folded instead. */
export const SNAPSHOT_VERSION = 3;

/** Makes a run's state into bytes; with `only`, the records of those instances and of what they are in, and no others. */
export function encodeSnapshot(
  state: RunState,
  { only }: { only?: ReadonlySet<Instance> } = {},
): Uint8Array {
  const { loaded: _, root, settled, ...rest } = state;
  const kept = only === undefined ? undefined : withOwners(only);
  const isKept = (instance: Instance): boolean => kept === undefined || kept.has(instance);
  const snapshot: Snapshot = {
    ...rest,
    frames: framesBelow(root).map((frame) => encodeFrame(frame, isKept)),
    settled: settled
      .filter(isKept)
      .map((instance) => (instance.frame === root ? instance.index : idOf(instance))),
  };
  return new TextEncoder().encode(JSON.stringify(snapshot));
}

/** Makes a run's state from the bytes of `encodeSnapshot`. */
export function decodeSnapshot(loaded: LoadedPlan, bytes: Uint8Array): RunState {
  const { frames, settled, ...rest }: Snapshot = JSON.parse(new TextDecoder().decode(bytes));
  const state: RunState = { ...openRun(loaded), ...rest };
  for (const frame of frames) {
    decodeFrame(frameNamed(state, frame.of), frame);
  }
  state.settled.push(
    ...settled.map((of) =>
      typeof of === "number" ? instanceAt(state.root, of) : locate(state, of),
    ),
  );
  return state;
}

type Snapshot = Omit<RunState, "loaded" | "root" | "settled"> & {
  readonly frames: readonly FrameSnapshot[];
  /** Of the root by index, of other frames by id. */
  readonly settled: readonly (number | string)[];
};

type FrameSnapshot = {
  /** The container and its iteration; absent for the root. */
  readonly of?: readonly [string, number];
  readonly touched: readonly (readonly [number, StepRecord])[];
  readonly failures: readonly number[];
  readonly settled: number;
  readonly halted: boolean;
  readonly skipped: boolean;
  readonly tainted: boolean;
};

function encodeFrame(frame: Frame, isKept: (instance: Instance) => boolean): FrameSnapshot {
  const { instances, failures, settled, halted, skipped, tainted } = frame;
  const touched = instances.flatMap((instance) =>
    instance.record === UNTOUCHED || !isKept(instance)
      ? []
      : [[instance.index, instance.record] as const],
  );
  return {
    ...(frame.owner === undefined ? {} : { of: [idOf(frame.owner), frame.iteration] as const }),
    touched,
    failures: failures.map(({ index }) => index),
    settled,
    halted,
    skipped,
    tainted,
  };
}

function frameNamed(state: RunState, of: FrameSnapshot["of"]): Frame {
  return of === undefined ? state.root : frameOf(locate(state, of[0]), of[1]);
}

function decodeFrame(frame: Frame, { touched, failures, ...counts }: FrameSnapshot): void {
  for (const [index, record] of touched) {
    instanceAt(frame, index).record = record;
  }
  frame.failures.push(...failures.map((index) => instanceAt(frame, index)));
  frame.settled = counts.settled;
  frame.halted = counts.halted;
  frame.skipped = counts.skipped;
  frame.tainted = counts.tainted;
}

/** A frame and all below it in which something has happened. */
function framesBelow(root: Frame): readonly Frame[] {
  const frames = [root];
  for (const instance of instancesIn(root)) {
    frames.push(...framesOf(instance));
  }
  return frames;
}

function withOwners(instances: ReadonlySet<Instance>): ReadonlySet<Instance> {
  const all = new Set(instances);
  for (const { frame } of instances) {
    for (let { owner } = frame; owner !== undefined; owner = owner.frame.owner) {
      all.add(owner);
    }
  }
  return all;
}
