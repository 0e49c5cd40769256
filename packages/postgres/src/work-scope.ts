import { AsyncLocalStorage } from "node:async_hooks";

/** Knows whether code runs within a transaction of a database, where waiting for another connection may never end. */
export class WorkScope {
  readonly #current = new AsyncLocalStorage<{ open: boolean }>();
  #works = 0;

  /** Runs the work of a transaction. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const mark = { open: true };
    this.#works += 1;
    try {
      return await this.#current.run(mark, work);
    } finally {
      // What the work left running after its end is free again.
      mark.open = false;
      this.#works -= 1;
      // While it is on, every promise of the process pays for it.
      if (this.#works === 0) this.#current.disable();
    }
  }

  /** Throws within the work of a transaction. */
  refuseNested(): void {
    if (this.#current.getStore()?.open === true) {
      throw new Error(
        "the database is used within its own transaction, which could wait for ever: use the transaction's sql",
      );
    }
  }
}
