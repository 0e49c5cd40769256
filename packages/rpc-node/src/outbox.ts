/** Frames on their way out: pushed from anywhere, taken by one stream as an async iterable. */
export type Outbox<T> = AsyncIterable<T> & {
  push(frame: T): void;
  end(): void;
};

/** Creates an outbox; what is pushed before the stream reads waits in order. Its owner bounds what it pushes. */
export function createOutbox<T>(): Outbox<T> {
  const frames: T[] = [];
  let ended = false;
  let wake: (() => void) | undefined;
  const ring = (): void => {
    wake?.();
    wake = undefined;
  };
  return {
    push(frame) {
      frames.push(frame);
      ring();
    },
    end() {
      ended = true;
      ring();
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        for (const frame of frames.splice(0)) {
          yield frame;
        }
        if (frames.length === 0) {
          if (ended) {
            return;
          }
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    },
  };
}
