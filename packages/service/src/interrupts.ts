import cluster from "node:cluster";

import { readToWorker } from "./workers/messages.ts";

/** Ctrl-C, as a command wants it. */
export type Interrupts = Disposable & {
  /** Aborts at the first one. */
  readonly first: AbortSignal;
  /** Aborts at the second one. */
  readonly second: AbortSignal;
};

/**
 * Take SIGINT and SIGTERM over from Node until disposed: the first asks, the second insists.
 *
 * A worker is asked by its primary process. A terminal sends SIGINT to both of them, so a worker does not hear that.
 */
export function listenForInterrupts(): Interrupts {
  const first = new AbortController();
  const second = new AbortController();
  const { worker } = cluster;
  const heard = (signal: NodeJS.Signals): void => {
    if (worker === undefined || signal === "SIGTERM") {
      (first.signal.aborted ? second : first).abort(new Error(signal));
    }
  };
  const told = (message: unknown): void => {
    if (readToWorker(message)?.kind === "drain") {
      first.abort(new Error("drain"));
    }
  };
  process.on("SIGINT", heard);
  process.on("SIGTERM", heard);
  worker?.on("message", told);
  return {
    first: first.signal,
    second: second.signal,
    [Symbol.dispose]() {
      process.off("SIGINT", heard);
      process.off("SIGTERM", heard);
      worker?.off("message", told);
      // What ties it to its primary keeps it alive.
      worker?.disconnect();
    },
  };
}
