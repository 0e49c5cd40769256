/** Frames on their way out: pushed from anywhere, taken by one stream as an async iterable. */
export type Outbox<T> = AsyncIterable<T> & {
  push(frame: T): void;
  end(): void;
};

/** Creates an outbox; what is pushed before the stream reads waits in order. Its owner bounds what it pushes. */
export function createOutbox<T>(): Outbox<T> {
  const frames: T[] = [];
  let isEnded = false;
  let waiting: ((result: IteratorResult<T>) => void) | undefined;
  const settle = (): void => {
    if (waiting === undefined || (frames.length === 0 && !isEnded)) {
      return;
    }
    const resolve = waiting;
    waiting = undefined;
    resolve(taken());
  };
  const taken = (): IteratorResult<T> => {
    const [frame] = frames.splice(0, 1);
    return frame === undefined ? { done: true, value: undefined } : { done: false, value: frame };
  };
  return {
    push(frame) {
      frames.push(frame);
      settle();
    },
    end() {
      isEnded = true;
      settle();
    },
    [Symbol.asyncIterator]: () => ({
      next: () =>
        new Promise((resolve) => {
          waiting = resolve;
          settle();
        }),
      return: () => Promise.resolve({ done: true, value: undefined }),
      // What Connect asks of what it sends, so that it can end it.
      throw: (reason) => Promise.reject(reason),
    }),
  };
}
