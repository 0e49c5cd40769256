/** Ctrl-C, as a command wants it. */
export type Interrupts = Disposable & {
  /** Aborts at the first one. */
  readonly first: AbortSignal;
  /** Aborts at the second one. */
  readonly second: AbortSignal;
};

/** Take SIGINT and SIGTERM over from Node until disposed: the first asks, the second insists. */
export function listenForInterrupts(): Interrupts {
  const first = new AbortController();
  const second = new AbortController();
  const heard = (signal: NodeJS.Signals): void => {
    (first.signal.aborted ? second : first).abort(new Error(signal));
  };
  process.on("SIGINT", heard);
  process.on("SIGTERM", heard);
  return {
    first: first.signal,
    second: second.signal,
    [Symbol.dispose]() {
      process.off("SIGINT", heard);
      process.off("SIGTERM", heard);
    },
  };
}
