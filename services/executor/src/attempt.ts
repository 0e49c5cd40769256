import type { Instance, TaskStep } from "@orchestrator/pipeline";

import type { CallOff, Clock } from "./clock.ts";

/** Why an attempt was told to stop. */
export type StopCause =
  | { readonly kind: "attempt_timeout"; readonly afterMs: number }
  | { readonly kind: "total_timeout"; readonly afterMs: number }
  | { readonly kind: "silent"; readonly afterMs: number }
  | { readonly kind: "cancelled"; readonly reason: string }
  /** The run is no longer held, or is about to be given back: nothing of the attempt is recorded. */
  | { readonly kind: "dropped" };

/** How long an attempt has, in milliseconds; null for no bound. */
export type AttemptBounds = {
  readonly attemptMs: number | null;
  readonly totalLeftMs: number | null;
  readonly heartbeatMs: number | null;
};

/** An attempt that was asked to stop and does not is given up after this long (L94). */
const KILL_AFTER_MS = 10_000;

/** One try of a step under way: its signal, its bounds, and whether it is over. Most attempts need neither timer nor signal. */
export class Attempt {
  readonly instance: Instance;
  readonly step: TaskStep;
  readonly number: number;
  readonly startedAtMs: number;
  readonly #clock: Clock;
  readonly #abandoned: (attempt: Attempt) => void;
  readonly #timers: CallOff[] = [];
  #controller: AbortController | undefined;
  #cause: StopCause | undefined;
  #isOver = false;
  #lastSignMs = 0;
  #watching: CallOff | undefined;

  constructor(
    { instance, number, startedAtMs }: { instance: Instance; number: number; startedAtMs: number },
    { clock, abandoned }: { clock: Clock; abandoned: (attempt: Attempt) => void },
  ) {
    const { step } = instance.place;
    if (step.kind !== "task") {
      throw new Error(`the step "${step.id}" holds others, and is not attempted itself`);
    }
    this.instance = instance;
    this.step = step;
    this.number = number;
    this.startedAtMs = startedAtMs;
    this.#clock = clock;
    this.#abandoned = abandoned;
  }

  /** Aborts when the attempt is to stop. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#cause !== undefined) {
        this.#controller.abort(reasonOf(this.#cause));
      }
    }
    return this.#controller.signal;
  }

  /** Why it was told to stop; undefined while it may go on. */
  get cause(): StopCause | undefined {
    return this.#cause;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Starts the clocks of L91 and L92. */
  bound({ attemptMs, totalLeftMs, heartbeatMs }: AttemptBounds): void {
    if (attemptMs !== null) {
      this.#after(attemptMs, { kind: "attempt_timeout", afterMs: attemptMs });
    }
    if (totalLeftMs !== null) {
      this.#after(totalLeftMs, { kind: "total_timeout", afterMs: totalLeftMs });
    }
    if (heartbeatMs !== null) {
      this.progress();
      this.#watch(heartbeatMs);
    }
  }

  /** A sign of life (L92). */
  progress(): void {
    this.#lastSignMs = this.#clock.monotonicMs();
  }

  /** Asks it to stop; the first cause counts. One that does not stop is abandoned. */
  stop(cause: StopCause): void {
    if (this.#cause !== undefined || this.#isOver) {
      return;
    }
    this.#cause = cause;
    this.#controller?.abort(reasonOf(cause));
    if (cause.kind !== "dropped") {
      this.#timers.push(this.#clock.after(KILL_AFTER_MS, () => this.#abandoned(this)));
    }
  }

  /** Nothing of it counts any more. */
  end(): void {
    this.#isOver = true;
    this.#watching?.();
    for (const callOff of this.#timers) {
      callOff();
    }
  }

  #after(delayMs: number, cause: StopCause): void {
    this.#timers.push(this.#clock.after(Math.max(0, delayMs), () => this.stop(cause)));
  }

  #watch(everyMs: number): void {
    const silentMs = this.#clock.monotonicMs() - this.#lastSignMs;
    if (silentMs >= everyMs) {
      this.stop({ kind: "silent", afterMs: everyMs });
    } else {
      this.#watching = this.#clock.after(everyMs - silentMs, () => this.#watch(everyMs));
    }
  }
}

/** Tools tell time-outs from cancellation by the reason's name. */
function reasonOf(cause: StopCause): Error {
  switch (cause.kind) {
    case "attempt_timeout":
    case "total_timeout":
    case "silent":
      return named("TimeoutError", `timeout after ${cause.afterMs / 1000} s`);
    case "cancelled":
      return named("AbortError", cause.reason);
    case "dropped":
      return named("AbortError", "the run is no longer held here");
  }
}

function named(name: string, message: string): Error {
  const error = new Error(message);
  error.name = name;
  return error;
}
