import { type Frame, type Instance, instanceAt } from "./frame.ts";
import type { LoadedPlan } from "./loaded-plan.ts";
import { openRun, type RunState } from "./run-state.ts";
import { type StepRecord, UNTOUCHED } from "./step-record.ts";

/** Version of the snapshot's shape; one of another version is not read, and the log is folded instead. */
export const SNAPSHOT_VERSION = 3;

/** Makes a run's state into bytes; with `only`, the records of those instances and no others. */
export function encodeSnapshot(
  state: RunState,
  { only }: { only?: ReadonlySet<Instance> } = {},
): Uint8Array {
  const { loaded: _, root, settled, ...rest } = state;
  const isKept = (instance: Instance): boolean => only === undefined || only.has(instance);
  const snapshot: Snapshot = {
    ...rest,
    root: encodeFrame(root, isKept),
    settled: settled.filter(isKept).map(({ index }) => index),
  };
  return new TextEncoder().encode(JSON.stringify(snapshot));
}

/** Makes a run's state from the bytes of `encodeSnapshot`. */
export function decodeSnapshot(loaded: LoadedPlan, bytes: Uint8Array): RunState {
  const { root, settled, ...rest }: Snapshot = JSON.parse(new TextDecoder().decode(bytes));
  const state: RunState = { ...openRun(loaded), ...rest };
  decodeFrame(state.root, root);
  state.settled.push(...settled.map((index) => instanceAt(state.root, index)));
  return state;
}

type Snapshot = Omit<RunState, "loaded" | "root" | "settled"> & {
  readonly root: FrameSnapshot;
  readonly settled: readonly number[];
};

type FrameSnapshot = {
  readonly touched: readonly (readonly [number, StepRecord])[];
  readonly failures: readonly number[];
  readonly settled: number;
  readonly halted: boolean;
};

function encodeFrame(
  { instances, failures, settled, halted }: Frame,
  isKept: (instance: Instance) => boolean,
): FrameSnapshot {
  const touched = instances.flatMap((instance) =>
    instance.record === UNTOUCHED || !isKept(instance)
      ? []
      : [[instance.index, instance.record] as const],
  );
  return { touched, failures: failures.map(({ index }) => index), settled, halted };
}

function decodeFrame(frame: Frame, { touched, failures, settled, halted }: FrameSnapshot): void {
  for (const [index, record] of touched) {
    instanceAt(frame, index).record = record;
  }
  frame.failures.push(...failures.map((index) => instanceAt(frame, index)));
  frame.settled = settled;
  frame.halted = halted;
}
