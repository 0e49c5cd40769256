/**
 * Ends the wait for the next message when a signal aborts, with its reason, whatever the source is doing; the source is
 * told that nobody reads on.
 *
 * One listener for the whole stream: a race for each message would keep all of them alive.
 */
export function abortable<T>(messages: AsyncIterable<T>, signal: AbortSignal): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]() {
      const source = messages[Symbol.asyncIterator]();
      let stopWaiting: ((reason: unknown) => void) | undefined;
      const onAbort = (): void => {
        stopWaiting?.(signal.reason);
        abandon(source);
      };
      signal.addEventListener("abort", onAbort, { once: true });
      if (signal.aborted) {
        onAbort();
      }
      const forget = (): void => signal.removeEventListener("abort", onAbort);
      return {
        next: () =>
          new Promise((resolve, reject) => {
            if (signal.aborted) {
              reject(signal.reason);
              return;
            }
            stopWaiting = reject;
            const settle = (result: IteratorResult<T>): void => {
              if (result.done === true) {
                forget();
              }
              resolve(result);
            };
            source.next().then(settle, reject);
          }),
        return: async () => {
          forget();
          await source.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}

/** Let a source put things away. Nobody waits for it, nor for what it throws then. */
function abandon(source: AsyncIterator<unknown>): void {
  source.return?.().catch(() => undefined);
}
