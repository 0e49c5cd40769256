/** Does many small pieces of work in one go: what comes while a batch is under way makes up the next. */
export type Batch<T, R> = (item: T) => Promise<R>;

type Waiting<T, R> = {
  readonly item: T;
  readonly resolve: (result: R) => void;
  readonly reject: (reason: unknown) => void;
};

/** Creates a batch over work that answers each item at its index. A batch that fails fails all of its items. */
export function createBatch<T, R>(
  work: (items: readonly T[]) => Promise<readonly R[]>,
  { maxItems }: { readonly maxItems: number },
): Batch<T, R> {
  const queue: Waiting<T, R>[] = [];
  let busy = false;
  const flush = async (): Promise<void> => {
    while (queue.length > 0) {
      const batch = queue.splice(0, maxItems);
      try {
        const results = await work(batch.map(({ item }) => item));
        for (const [index, { resolve, reject }] of batch.entries()) {
          const result = results[index];
          if (result === undefined) reject(new Error("a batch left an item without a result"));
          else resolve(result);
        }
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    busy = false;
  };
  return (item) =>
    new Promise((resolve, reject) => {
      queue.push({ item, resolve, reject });
      if (busy) return;
      busy = true;
      // One turn of the event loop gathers what one frame brought.
      setImmediate(() => {
        flush().catch(reject);
      });
    });
}
