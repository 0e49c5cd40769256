/**
 * Ends the wait for the next message when a signal aborts, with its reason, whatever the source is doing.
 *
 * One listener for the whole stream: a race for each message would keep all of them alive.
 */
export function abortable<T>(messages: AsyncIterable<T>, signal: AbortSignal): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]() {
      const source = messages[Symbol.asyncIterator]();
      let stopWaiting: ((reason: unknown) => void) | undefined;
      const onAbort = (): void => stopWaiting?.(signal.reason);
      signal.addEventListener("abort", onAbort, { once: true });
      const forget = (): void => signal.removeEventListener("abort", onAbort);
      return {
        next: () =>
          new Promise((resolve, reject) => {
            if (signal.aborted) {
              reject(signal.reason);
              return;
            }
            stopWaiting = reject;
            source.next().then((result) => {
              if (result.done === true) {
                forget();
              }
              resolve(result);
            }, reject);
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
