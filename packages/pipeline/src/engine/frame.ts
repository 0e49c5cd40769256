import { type LoadedBlock, type LoadedStep, RANK_STEP } from "./loaded-plan.ts";
import { type StepRecord, UNTOUCHED } from "./step-record.ts";

/** A block being run: the plan's own list of steps, or the body of a container. Only `apply` changes what is recorded in it. */
export type Frame = {
  /** Stands before the ids of steps in it (L110); empty for the root. */
  readonly prefix: string;
  readonly block: LoadedBlock;
  /** The container that it is part of; undefined for the root. */
  readonly owner: Instance | undefined;
  /** Which iteration of the loop it is, from 0. */
  readonly iteration: number;
  /** In the block's order. */
  readonly instances: readonly Instance[];
  /** How many of them have settled. */
  settled: number;
  /** Those that failed, either way, in order of settlement (L82). */
  readonly failures: Instance[];
  /** A failure under policy `fail` stopped it (L83, L114). */
  halted: boolean;
  /** The condition of the iteration was false (L113). */
  skipped: boolean;
  /** Failures inside containers that succeeded all the same, and were not recovered by that (L82). */
  tainted: boolean;
};

/** One execution of a step in a run: a step in a frame. */
export type Instance = {
  readonly frame: Frame;
  /** Position in the frame. */
  readonly index: number;
  readonly place: LoadedStep;
  record: StepRecord;
  /** Of a container: its frames by iteration, as far as they are open. */
  frames: (Frame | undefined)[] | undefined;
};

type Surroundings = {
  readonly prefix: string;
  readonly owner: Instance | undefined;
  readonly iteration: number;
};

/** A frame in which nothing has happened yet. */
export function openFrame(block: LoadedBlock, { prefix, owner, iteration }: Surroundings): Frame {
  const instances: Instance[] = [];
  const frame: Frame = {
    prefix,
    block,
    owner,
    iteration,
    instances,
    settled: 0,
    failures: [],
    halted: false,
    skipped: false,
    tainted: false,
  };
  for (const place of block.steps) {
    instances.push({ frame, index: place.index, place, record: UNTOUCHED, frames: undefined });
  }
  return frame;
}

/** The frame of an iteration of a container; opened when it is not open yet. */
export function frameOf(container: Instance, iteration: number): Frame {
  container.frames ??= [];
  const known = container.frames[iteration];
  if (known !== undefined) {
    return known;
  }
  const frame = unopenedFrame(container, iteration);
  container.frames[iteration] = frame;
  return frame;
}

/** A frame of an iteration that nobody has begun, and that is not kept. */
export function unopenedFrame(container: Instance, iteration: number): Frame {
  const { body, step } = container.place;
  if (body === undefined) {
    throw new Error(`the step "${step.id}" holds no others`);
  }
  const prefix = step.kind === "loop" ? `${idOf(container)}_${iteration}_` : container.frame.prefix;
  return openFrame(body, { prefix, owner: container, iteration });
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

/** Place among ready instances: by priority, document order, then iteration (L48). */
export function rankOf({ place, frame }: Instance): number {
  return frame.iteration === 0 ? place.rank : place.rank + Math.min(frame.iteration, RANK_STEP - 1);
}

/** Something has happened in the frame: it is more than an intention of the schedule. */
export function isBegun({ skipped, instances }: Frame): boolean {
  return skipped || instances.some(({ record }) => record !== UNTOUCHED);
}

/** The instances of a frame, each followed by those of its own frames, by iteration. */
export function* instancesIn(frame: Frame): Generator<Instance> {
  for (const instance of frame.instances) {
    yield instance;
    for (const inner of framesOf(instance)) {
      yield* instancesIn(inner);
    }
  }
}

/** The frames of a container in which something has happened, by iteration. */
export function framesOf({ frames }: Instance): readonly Frame[] {
  return frames === undefined
    ? NO_FRAMES
    : frames.flatMap((frame) => (frame !== undefined && isBegun(frame) ? [frame] : []));
}

const NO_FRAMES: readonly Frame[] = [];
