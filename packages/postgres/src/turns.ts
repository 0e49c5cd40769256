/** Lets one piece of work run at a time, in the order of asking. */
export class Turns {
  readonly #maxWaiting: number;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(maxWaiting = DEFAULT_MAX_WAITING) {
    this.#maxWaiting = maxWaiting;
  }

  /** Runs the work when its turn comes; refused when too many wait (I10). */
  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= this.#maxWaiting) {
      throw overloaded(this.#waiting);
    }
    this.#waiting += 1;
    const before = this.#last;
    const turn = (async () => {
      await before;
      this.#waiting -= 1;
      return work();
    })();
    this.#last = turn.then(ignore, ignore);
    return turn;
  }

  /** Resolves when everything asked for so far is over. */
  async idle(): Promise<void> {
    await this.#last;
  }
}

/** What is said to one statement too many: PostgreSQL's own code for it, so that `isUnavailable` knows it. */
export function overloaded(waiting: number): Error {
  return Object.assign(new Error(`${waiting} statements wait for the database already`), {
    code: "53300",
  });
}

const DEFAULT_MAX_WAITING = 10_000;

function ignore(): void {
  // A turn that fails tells whoever took it; the next one does not care.
}
