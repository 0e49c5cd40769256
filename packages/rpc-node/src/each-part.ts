/** Takes each message of a stream apart: several, one or none come of it, without the turns that a generator takes. */
export function eachPart<T, U>(
  messages: AsyncIterable<T>,
  partsOf: (message: T) => readonly U[],
): AsyncIterable<U> {
  return {
    [Symbol.asyncIterator]() {
      const source = messages[Symbol.asyncIterator]();
      let parts: readonly U[] = [];
      let at = 0;
      const next = async (): Promise<IteratorResult<U>> => {
        for (;;) {
          const part = parts[at];
          if (part !== undefined) {
            at += 1;
            return { done: false, value: part };
          }
          const result = await source.next();
          if (result.done === true) {
            return { done: true, value: undefined };
          }
          const taken = partsOrEnd(result.value);
          parts = taken instanceof Promise ? await taken : taken;
          at = 0;
        }
      };
      const partsOrEnd = (message: T): readonly U[] | Promise<never> => {
        try {
          return partsOf(message);
        } catch (error) {
          return ended(source, error);
        }
      };
      return {
        next,
        return: async () => {
          await source.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}

async function ended(source: AsyncIterator<unknown>, error: unknown): Promise<never> {
  await source.return?.();
  throw error;
}
