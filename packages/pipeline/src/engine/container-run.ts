import type { StepError, Termination } from "../events.ts";
import type { GroupStep, LoopStep } from "../plan.ts";
import type { FrameRun } from "./frame-run.ts";
import { type Frame, type Instance, isBegun } from "./frame.ts";
import { failsWith, hasFailed, iterationError, iterationsOf } from "./loop-outcome.ts";
import { stepError } from "./step-error.ts";

/** What a container does next. */
export type ContainerMove =
  | { readonly kind: "start"; readonly iteration: number }
  /** Have it decided whether an iteration runs. */
  | { readonly kind: "decide"; readonly iteration: number }
  | { readonly kind: "close"; readonly end: ContainerEnd };

/** How a container ends. */
export type ContainerEnd = {
  readonly iterations: number;
  readonly terminatedBy: Termination;
  readonly error?: StepError;
};

/** A container under way: which of its iterations run, and what comes next. */
export class ContainerRun {
  readonly instance: Instance;
  readonly step: LoopStep | GroupStep;
  /** Iterations that have begun and are not over. */
  readonly active = new Map<number, FrameRun>();
  readonly #asking = new Set<number>();
  readonly #maxParallel: number;
  /** The next item of a list to look at. */
  #next = 0;
  /** Iterations that have begun: all up to here. */
  #begun = 0;
  #over = 0;
  /** The answer to whether the next iteration of a repetition runs. */
  #verdict: { readonly iteration: number; readonly goesOn: boolean } | undefined;
  #failure: { readonly error: StepError | undefined } | undefined;
  #timeout: StepError | undefined;
  /** Its end was decided. */
  isClosing = false;

  constructor(instance: Instance, { runMaxParallel }: { runMaxParallel: number }) {
    const { step } = instance.place;
    if (step.kind === "task") {
      throw new Error(`the step "${step.id}" holds no others`);
    }
    this.instance = instance;
    this.step = step;
    this.#maxParallel = instance.record.loop?.maxParallel ?? runMaxParallel;
  }

  /** It was told to stop: its time is up. */
  get isStopping(): boolean {
    return this.#timeout !== undefined;
  }

  /** Somebody is deciding whether an iteration runs. */
  get isAsking(): boolean {
    return this.#asking.size > 0;
  }

  stop(error: StepError): void {
    this.#timeout ??= error;
  }

  /** An iteration that is under way. */
  began(run: FrameRun): void {
    const { iteration } = run.frame;
    this.#asking.delete(iteration);
    this.active.set(iteration, run);
    this.#begun = Math.max(this.#begun, iteration + 1);
  }

  /** An iteration that was over before this executor took the run up. */
  wasOver(frame: Frame): void {
    this.#noteOver(frame);
    this.#begun = Math.max(this.#begun, frame.iteration + 1);
  }

  ended(frame: Frame): void {
    this.active.delete(frame.iteration);
    this.#noteOver(frame);
  }

  decided(iteration: number, goesOn: boolean): void {
    this.#asking.delete(iteration);
    this.#verdict = { iteration, goesOn };
  }

  /** What decides about iterations cannot be evaluated (L77). */
  failed(iteration: number, error: StepError): void {
    this.#asking.delete(iteration);
    this.#failure ??= { error };
  }

  /** What to do now, one thing after another, until there is nothing. */
  next(): ContainerMove | undefined {
    const move = this.#isList ? this.#nextOfList() : this.#nextRepetition();
    if (move?.kind === "decide") {
      this.#asking.add(move.iteration);
    } else if (move?.kind === "close") {
      this.isClosing = true;
    }
    return move;
  }

  /** How it ends now that nothing in it is under way and nothing more may begin; undefined when that leaves it unfinished. */
  drained(): ContainerEnd | undefined {
    if (this.#timeout !== undefined) {
      return { iterations: this.#begun, terminatedBy: "timeout", error: this.#timeout };
    }
    if (this.#failure !== undefined) {
      return this.#end("error");
    }
    const over = this.#over + [...this.active.values()].filter(({ isOver }) => isOver).length;
    const isDone = this.#isList && over === this.#count;
    return isDone ? this.#end(listEnd(this.#count)) : undefined;
  }

  /** How many iterations have begun. */
  get iterations(): number {
    return this.#begun;
  }

  get #isList(): boolean {
    return this.step.kind === "group" || this.step.source !== null;
  }

  get #count(): number {
    return this.step.kind === "group" ? 1 : (this.instance.record.loop?.items?.length ?? 0);
  }

  #nextOfList(): ContainerMove | undefined {
    const count = this.#count;
    const hasFailed = this.#failure !== undefined;
    const end = hasFailed ? 0 : count;
    while (this.#next < end && this.#hasRoom) {
      const iteration = this.#next;
      this.#next += 1;
      if (!this.#wasBegun(iteration)) {
        return { kind: this.#asksFor(iteration) ? "decide" : "start", iteration };
      }
    }
    const isDone = hasFailed || this.#next >= count;
    if (!isDone || this.active.size > 0 || this.isAsking) {
      return undefined;
    }
    return { kind: "close", end: this.#end(hasFailed ? "error" : listEnd(count)) };
  }

  /** What was begun before a takeover is under way or over already. */
  #wasBegun(iteration: number): boolean {
    const frame = this.instance.frames?.[iteration];
    return this.active.has(iteration) || (frame !== undefined && isBegun(frame));
  }

  #asksFor(iteration: number): boolean {
    const { step, instance } = this;
    const isDecided = instance.record.loop?.decided?.[iteration] === true;
    return step.kind === "loop" && step.filter !== null && !isDecided;
  }

  get #hasRoom(): boolean {
    return this.active.size + this.#asking.size < this.#maxParallel;
  }

  #nextRepetition(): ContainerMove | undefined {
    if (this.active.size > 0 || this.isAsking) {
      return undefined;
    }
    if (this.#failure !== undefined) {
      return { kind: "close", end: this.#end("error") };
    }
    const iteration = this.#over;
    const goesOn = this.#goesOn(iteration);
    if (goesOn === undefined) {
      return { kind: "decide", iteration };
    }
    if (!goesOn) {
      return { kind: "close", end: this.#end("condition") };
    }
    return iteration >= (this.instance.record.loop?.maxIterations ?? 0)
      ? { kind: "close", end: this.#end("max_iterations") }
      : { kind: "start", iteration };
  }

  /** L108: `while` is tested before, `until` after each iteration; undefined while that is not known. */
  #goesOn(iteration: number): boolean | undefined {
    const { step, instance } = this;
    const asksFirst = step.kind === "loop" && step.while !== null;
    if (iteration === 0 && !asksFirst) {
      return true;
    }
    if (this.#verdict?.iteration === iteration) {
      return this.#verdict.goesOn;
    }
    return instance.record.loop?.decided?.[iteration];
  }

  #noteOver(frame: Frame): void {
    this.#over += 1;
    const { step } = this;
    if (hasFailed(frame) && !(step.kind === "loop" && step.tolerant)) {
      this.#failure ??= { error: undefined };
    }
  }

  #end(terminatedBy: Termination): ContainerEnd {
    const { iterations, instance, step } = this;
    const end = { iterations, terminatedBy };
    if (this.#failure?.error !== undefined) {
      return { ...end, terminatedBy: "error", error: this.#failure.error };
    }
    if (terminatedBy === "max_iterations" && step.kind === "loop" && step.failsAtMax) {
      const text = `the loop ${step.id} did not end within ${iterations} iterations`;
      return { ...end, error: stepError("LIMIT_EXCEEDED", text) };
    }
    return failsWith(instance, terminatedBy) ? { ...end, error: firstError(instance) } : end;
  }
}

/** How a list of so many items ends (L106). */
function listEnd(count: number): Termination {
  return count === 0 ? "empty" : "items";
}

/** The failure that a container fails with: that of its first iteration that failed (L114). */
function firstError(container: Instance): StepError {
  const first = iterationsOf(container).find(hasFailed);
  const error = first === undefined ? undefined : iterationError(first);
  return error ?? stepError("TOOL_ERROR", "a step of it failed");
}
