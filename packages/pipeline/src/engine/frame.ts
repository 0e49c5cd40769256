import type { LoadedBlock, LoadedStep } from "./loaded-plan.ts";
import type { StepRecord } from "./step-record.ts";
import { UNTOUCHED } from "./step-record.ts";

/** A block being run: the plan's own list of steps, or the body of a container. Only `apply` changes what is recorded in it. */
export type Frame = {
  /** Stands before the ids of steps in it (L110); empty for the root. */
  readonly prefix: string;
  readonly block: LoadedBlock;
  /** In the block's order. */
  readonly instances: readonly Instance[];
  /** How many of them have settled. */
  settled: number;
  /** Those that failed, either way, in order of settlement (L82). */
  readonly failures: Instance[];
  /** A failure under policy `fail` stopped it (L83). */
  halted: boolean;
};

/** One execution of a step in a run: a step in a frame. */
export type Instance = {
  readonly frame: Frame;
  /** Position in the frame. */
  readonly index: number;
  readonly place: LoadedStep;
  record: StepRecord;
};

/** A frame in which nothing has happened yet. */
export function openFrame(block: LoadedBlock, prefix: string): Frame {
  const instances: Instance[] = [];
  const frame = { prefix, block, instances, settled: 0, failures: [], halted: false };
  for (const place of block.steps) {
    instances.push({ frame, index: place.index, place, record: UNTOUCHED });
  }
  return frame;
}

/** The id that events and documents name an instance by (L110). */
export function idOf({ frame, place }: Instance): string {
  return frame.prefix === "" ? place.step.id : frame.prefix + place.step.id;
}

/** An instance of a frame by its position there. */
export function instanceAt(frame: Frame, index: number): Instance {
  const instance = frame.instances[index];
  if (instance === undefined) {
    throw new Error(`the block has no step number ${index}`);
  }
  return instance;
}
