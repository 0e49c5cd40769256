import { endWith } from "./end-with.ts";

/** Frames that somebody pushes, until they end. */
export type Frames<T> = AsyncIterable<T> & { end(): void };

/**
 * Serves a stream that reads while it writes: gives the frames, ends them when reading is over or a signal aborts, and
 * then throws what reading threw, unless the caller is gone.
 */
export async function* bothWays<T>(
  frames: Frames<T>,
  { read, signals }: { read: () => Promise<void>; signals: readonly AbortSignal[] },
): AsyncGenerator<T> {
  using ending = endWith(signals, () => frames.end());
  void ending; // held until the stream ends
  let failure: { readonly error: unknown } | undefined;
  read().then(
    () => frames.end(),
    (error: unknown) => {
      failure = { error };
      frames.end();
    },
  );
  yield* frames;
  if (failure !== undefined && !signals.some(({ aborted }) => aborted)) throw failure.error;
}
