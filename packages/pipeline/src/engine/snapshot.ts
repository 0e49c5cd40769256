import type { LoadedPlan } from "./loaded-plan.ts";
import { openRun, type RunState, type StepRecord, UNTOUCHED } from "./run-state.ts";

/** Version of the snapshot's shape; one of another version is not read, and the log is folded instead. */
export const SNAPSHOT_VERSION = 1;

/** Makes a run's state into bytes. */
export function encodeSnapshot(state: RunState): Uint8Array {
  const { loaded: _, steps, ...rest } = state;
  const touched = steps.flatMap((record, index) =>
    record === UNTOUCHED ? [] : [[index, record] as const],
  );
  return new TextEncoder().encode(JSON.stringify({ ...rest, touched } satisfies Snapshot));
}

/** Makes a run's state from the bytes of `encodeSnapshot`. */
export function decodeSnapshot(loaded: LoadedPlan, bytes: Uint8Array): RunState {
  const snapshot: Snapshot = JSON.parse(new TextDecoder().decode(bytes));
  const { touched, ...rest } = snapshot;
  const state: RunState = { ...openRun(loaded), ...rest };
  for (const [index, record] of touched) {
    state.steps[index] = record;
  }
  return state;
}

type Snapshot = Omit<RunState, "loaded" | "steps"> & {
  readonly touched: readonly (readonly [number, StepRecord])[];
};
