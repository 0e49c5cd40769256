import type { CallOff, Clock } from "./clock.ts";
import type { RunClock } from "./run-clock.ts";

/** Has something asked again at a time of a run's clock; the last time that was said counts. */
export class WakeTimer {
  readonly #runClock: RunClock;
  readonly #clock: Clock;
  readonly #wake: () => void;
  #set: { readonly atMs: number; readonly callOff: CallOff } | undefined;

  constructor(runClock: RunClock, { clock, wake }: { clock: Clock; wake: () => void }) {
    this.#runClock = runClock;
    this.#clock = clock;
    this.#wake = wake;
  }

  at(atMs: number): void {
    if (this.#set?.atMs === atMs) {
      return;
    }
    this.callOff();
    const delayMs = Math.max(0, atMs - this.#runClock.nowMs());
    const callOff = this.#clock.after(delayMs, () => {
      this.#set = undefined;
      this.#wake();
    });
    this.#set = { atMs, callOff };
  }

  callOff(): void {
    this.#set?.callOff();
    this.#set = undefined;
  }
}
