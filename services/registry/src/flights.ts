import { failure, type ModelCall, type Outcome } from "./call.ts";
import { LIMITS } from "./limits.ts";
import type { Performance } from "./perform-call.ts";

/** Who waits for a call. */
export type Passenger = {
  /** More of the answer is in `text()`. */
  readonly onText: () => void;
  readonly onEnd: (outcome: Outcome) => void;
};

/** One passenger's part in a call. */
export interface Seat {
  /** What has come of the answer so far. */
  text(): string;
  /** Says that a part of the text was passed on, after which the answer cannot become another. */
  shown(): void;
  /** The answer is not wanted any more; without passengers the call is aborted. */
  cancel(): void;
  /** The passenger is gone, but not his wish: the call goes on, and its answer is recorded for who asks next. */
  leave(): void;
}

export type FlightsOptions = {
  readonly perform: (performance: Performance) => Promise<Outcome>;
  readonly onEnd: (outcome: Outcome) => void;
  readonly nowMs: () => number;
};

/** The calls of this process that are under way, one for each key (single flight). */
export class Flights implements AsyncDisposable {
  readonly #options: FlightsOptions;
  readonly #open = new Map<string, Flight>();
  #landed: (() => void) | undefined;

  constructor(options: FlightsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Joins the call of this key, or begins it; at the bound of calls it fails at once. */
  board(call: ModelCall, passenger: Passenger): Seat {
    const key = `${call.namespace}\n${call.callId}`;
    const open = this.#open.get(key);
    if (open !== undefined && !open.isAborted) return open.board(passenger, call.timeoutMs);
    if (this.#open.size >= LIMITS.flights) {
      const message = "too many calls are under way in this registry; try again";
      queueMicrotask(() =>
        passenger.onEnd(failure("RATE_LIMITED", message, { retryAfterMs: 1_000 })),
      );
      return NO_SEAT;
    }
    const flight = new Flight(call, this.#options, () => {
      // An aborted flight may have been followed by another already.
      if (this.#open.get(key) === flight) this.#open.delete(key);
      if (this.#open.size === 0) this.#landed?.();
    });
    this.#open.set(key, flight);
    return flight.board(passenger, call.timeoutMs);
  }

  /** Lets what is under way end and be recorded, since it is paid; aborts what is left at the limit. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#open.size === 0) return;
    const landed = new Promise<void>((resolve) => {
      this.#landed = resolve;
    });
    const limit = setTimeout(() => {
      for (const flight of this.#open.values()) flight.abort("cancelled");
    }, LIMITS.drainMs);
    await landed;
    clearTimeout(limit);
  }
}

const NO_SEAT: Seat = {
  text: () => "",
  shown: () => undefined,
  cancel: () => undefined,
  leave: () => undefined,
};

/** One call under way. */
class Flight {
  readonly #abort = new AbortController();
  /** Each passenger with the timer of his own deadline; the call lasts as long as the latest. */
  readonly #passengers = new Map<Passenger, NodeJS.Timeout>();
  readonly #nowMs: () => number;
  #text = "";
  #wasShown = false;
  #deadlineMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(call: ModelCall, options: FlightsOptions, onLanded: () => void) {
    this.#nowMs = options.nowMs;
    const land = (outcome: Outcome): void => {
      clearTimeout(this.#timer);
      onLanded();
      options.onEnd(outcome);
      for (const passenger of this.#passengers.keys()) {
        this.#remove(passenger);
        passenger.onEnd(outcome);
      }
    };
    options
      .perform({
        call,
        signal: this.#abort.signal,
        remainingMs: () => this.#deadlineMs - options.nowMs(),
        onText: (text) => this.#append(text),
        restart: () => {
          this.#text = "";
        },
        wasShown: () => this.#wasShown,
      })
      .then(land, () => land(failure("MODEL_ERROR", "the registry failed; its log says why")));
  }

  get isAborted(): boolean {
    return this.#abort.signal.aborted;
  }

  board(passenger: Passenger, timeoutMs: number): Seat {
    this.#extend(timeoutMs);
    this.#passengers.set(
      passenger,
      setTimeout(() => this.#expire(passenger, timeoutMs), timeoutMs),
    );
    return {
      text: () => this.#text,
      shown: () => {
        this.#wasShown = true;
      },
      cancel: () => {
        this.#remove(passenger);
        if (this.#passengers.size === 0) this.abort("cancelled");
      },
      leave: () => {
        this.#remove(passenger);
      },
    };
  }

  abort(reason: "timeout" | "cancelled"): void {
    this.#abort.abort(reason);
  }

  #append(text: string): void {
    this.#text += text;
    for (const passenger of this.#passengers.keys()) passenger.onText();
  }

  #remove(passenger: Passenger): void {
    clearTimeout(this.#passengers.get(passenger));
    this.#passengers.delete(passenger);
  }

  /** A passenger whose time is over while others have more; the last one hears how the call itself ended. */
  #expire(passenger: Passenger, timeoutMs: number): void {
    if (this.#deadlineMs <= this.#nowMs() + TIMER_SLACK_MS) return;
    this.#remove(passenger);
    const message = `no model answered within ${timeoutMs} ms`;
    passenger.onEnd(failure("TIMEOUT", message, { inDoubt: true }));
  }

  #extend(timeoutMs: number): void {
    const deadlineMs = this.#nowMs() + timeoutMs;
    if (deadlineMs <= this.#deadlineMs) return;
    this.#deadlineMs = deadlineMs;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.abort("timeout"), timeoutMs);
  }
}

/** Timers and clocks differ by a millisecond or two. */
const TIMER_SLACK_MS = 5;
