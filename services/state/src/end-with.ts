/** Calls `end` once when any of the signals aborts, now if one has; until it is disposed of. */
export function endWith(signals: readonly AbortSignal[], end: () => void): Disposable {
  const stop = (): void => {
    for (const signal of signals) signal.removeEventListener("abort", once);
  };
  const once = (): void => {
    stop();
    end();
  };
  if (signals.some(({ aborted }) => aborted)) {
    end();
  } else {
    for (const signal of signals) signal.addEventListener("abort", once);
  }
  return { [Symbol.dispose]: stop };
}
