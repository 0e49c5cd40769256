import {
  apply,
  decodeEvent,
  decodeSnapshot,
  EVENT_KIND,
  EVENT_VERSION,
  type LoadedPlan,
  openRun,
  type RunState,
  SNAPSHOT_VERSION,
} from "@orchestrator/pipeline";

import { LastingError } from "./retrying.ts";
import type { AssignedRun, OutgoingEvent, RunStore } from "./run-channel.ts";

/** Below this head, reading the events is as cheap as reading a snapshot. */
const SNAPSHOT_FROM_SEQ = 1_000;

/** The state of a run whose only event came with its assignment; undefined when there is more to read. */
export function stateFromAssignment(run: AssignedRun, plan: LoadedPlan): RunState | undefined {
  if (run.lastSeq !== 1 || run.createdPayload === undefined) {
    return undefined;
  }
  const state = openRun(plan);
  const created = {
    kind: EVENT_KIND.run_created,
    version: EVENT_VERSION,
    step: "",
    attempt: 0,
    payload: run.createdPayload,
  };
  applyStored(state, { ...created, seq: 1, atUs: run.createdAtUs });
  return state;
}

/** The state of a run from its log (I1), from the newest snapshot on. */
export async function stateFromLog(
  run: AssignedRun,
  { plan, store }: { plan: LoadedPlan; store: RunStore },
  signal: AbortSignal,
): Promise<RunState> {
  const snapshot =
    run.lastSeq >= SNAPSHOT_FROM_SEQ
      ? await store.snapshot(run, SNAPSHOT_VERSION, signal)
      : undefined;
  const state = snapshot === undefined ? openRun(plan) : decodeSnapshot(plan, snapshot.fold);
  for await (const stored of store.events({ ...run, afterSeq: state.seq }, signal)) {
    if (stored.seq > state.seq) {
      applyStored(state, stored);
    }
  }
  if (state.seq > run.lastSeq) {
    // What was assigned is an older head: nothing that extends it will ever be committed.
    throw new LastingError(`read events up to ${state.seq} of a run whose head was ${run.lastSeq}`);
  }
  if (state.seq < run.lastSeq) {
    throw new Error(`read events up to ${state.seq} of a run whose head is ${run.lastSeq}`);
  }
  return state;
}

type StoredEvent = OutgoingEvent & { readonly seq: number; readonly atUs: number };

function applyStored(state: RunState, { seq, atUs, ...stored }: StoredEvent): void {
  try {
    apply(state, { seq, atUs, event: decodeEvent(stored) });
  } catch (cause) {
    throw new LastingError(`event ${seq} of the run cannot be read`, { cause });
  }
}
