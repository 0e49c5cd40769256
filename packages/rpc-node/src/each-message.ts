/** Changes each message of a stream, one turn of the queue less than a generator would take. */
export function eachMessage<T, U>(
  messages: AsyncIterable<T>,
  change: (message: T) => U,
): AsyncIterable<U> {
  return {
    [Symbol.asyncIterator]() {
      const source = messages[Symbol.asyncIterator]();
      const pass = (result: IteratorResult<T>): IteratorResult<U> =>
        result.done === true
          ? { done: true, value: undefined }
          : { done: false, value: change(result.value) };
      return {
        next: () => source.next().then(pass),
        return: async () => {
          await source.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}
