import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

import type { Log } from "./telemetry/log.ts";

/** Work that nobody awaits; its signal says when to stop. */
export type Task = (signal: AbortSignal) => Promise<void>;

/** Runs tasks, so that no promise floats. Disposing aborts them, and waits until they have ended. */
export type Tasks = AsyncDisposable & {
  /** Aborted when the tasks are disposed of. */
  readonly signal: AbortSignal;
  /** Start a task; what it throws is logged under its name, with no further consequence. */
  run(name: string, work: Task): void;
  /** Start a task over and over, each time `everyMs` after it ended, failures included. */
  repeat(name: string, options: { readonly everyMs: number; readonly work: Task }): void;
};

/** Creates a supervisor of tasks. */
export function createTasks(log: Log): Tasks {
  const stop = new AbortController();
  setMaxListeners(0, stop.signal); // every call that a task makes listens to it
  const running = new Set<Promise<void>>();
  const attempt = async (name: string, work: Task): Promise<void> => {
    try {
      await work(stop.signal);
    } catch (error) {
      if (!stop.signal.aborted) {
        log.error("task_failed", { task: name, error });
      }
    }
  };
  const hold = (work: Promise<void>): void => {
    const held = work.finally(() => running.delete(held));
    running.add(held);
  };
  const loop = async (name: string, everyMs: number, work: Task): Promise<void> => {
    while (!stop.signal.aborted) {
      await attempt(name, work);
      await pause(everyMs, stop.signal);
    }
  };
  return {
    signal: stop.signal,
    run: (name, work) => hold(attempt(name, work)),
    repeat: (name, { everyMs, work }) => hold(loop(name, everyMs, work)),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await Promise.all(running);
    },
  };
}

/** Waits, not longer than the signal allows, and keeps no process alive. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal, ref: false });
  } catch {
    // Only the signal ends a sleep early, and the caller looks at it.
  }
}
