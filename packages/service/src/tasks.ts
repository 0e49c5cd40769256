import type { Log } from "./telemetry/log.ts";

/** Runs work that nobody awaits. Disposing aborts it, and waits until it has ended. */
export type Tasks = AsyncDisposable & {
  /** Aborted when the tasks are disposed of. */
  readonly signal: AbortSignal;
  /** Start a task; what it throws is logged under its name, with no further consequence. */
  run(name: string, work: (signal: AbortSignal) => Promise<void>): void;
  /** Start a task over and over, `everyMs` after it ended, failures included. */
  repeat(
    name: string,
    options: { everyMs: number; work: (signal: AbortSignal) => Promise<void> },
  ): void;
};
export declare function createTasks(log: Log): Tasks;
