import { setImmediate as nextRound } from "node:timers/promises";

/** Room for programs that run at the same time. */
export class ProgramGate {
  readonly #places: number;
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  #lastStart: Promise<unknown> = Promise.resolve();

  constructor(places: number) {
    this.#places = places;
  }

  /**
   * Resolves when a program may start, in the order of asking; what it answers with gives the place back.
   *
   * Starting a process stops everything else in this one for some milliseconds, so between two starts there is a round
   * of the event loop for heartbeats, acknowledgements and other runs. Undefined when the signal aborts meanwhile.
   */
  async enter(signal: AbortSignal): Promise<(() => void) | undefined> {
    if (this.#running < this.#places) {
      this.#running += 1;
    } else if (!(await this.#turn(signal))) {
      return undefined;
    }
    const before = this.#lastStart;
    this.#lastStart = before.then(() => nextRound());
    await before;
    if (signal.aborted) {
      this.#leave();
      return undefined;
    }
    return () => this.#leave();
  }

  /** False when the signal aborts first. */
  #turn(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const come = (): void => {
        signal.removeEventListener("abort", leave);
        resolve(true);
      };
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(come), 1);
        resolve(false);
      };
      if (signal.aborted) {
        resolve(false);
        return;
      }
      this.#waiting.push(come);
      signal.addEventListener("abort", leave, { once: true });
    });
  }

  /** The place goes to who has waited longest. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running -= 1;
    else next();
  }
}
