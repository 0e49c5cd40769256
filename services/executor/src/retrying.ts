import type { Clock } from "./clock.ts";

/** What trying again needs to know. */
export type RetryOptions = {
  readonly clock: Clock;
  /** Ends the trying; its reason is thrown then. */
  readonly signal: AbortSignal;
  /** Told of every failure that is tried again. */
  readonly troubled: (error: unknown) => void;
};

/** What would fail again, however often it is tried: what was read makes no sense. */
export class LastingError extends Error {
  override name = "LastingError";
}

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;
/** INVALID_ARGUMENT, NOT_FOUND, PERMISSION_DENIED, FAILED_PRECONDITION, OUT_OF_RANGE, UNIMPLEMENTED: the same next time. */
const LASTING_CODES = new Set([3, 5, 7, 9, 11, 12]);

/** Does something until it succeeds: a store that cannot be reached makes a run wait, not fail. What would fail again is thrown. */
export async function retrying<T>(
  work: (signal: AbortSignal) => Promise<T>,
  { clock, signal, troubled }: RetryOptions,
): Promise<T> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
    try {
      return await work(signal);
    } catch (error) {
      signal.throwIfAborted();
      if (isLasting(error)) {
        throw error;
      }
      troubled(error);
    }
    await pause(waitMs, { clock, signal });
  }
}

/** Waits; the signal ends the waiting with its reason. */
export function pause(
  delayMs: number,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      callOff();
      reject(signal.reason instanceof Error ? signal.reason : new Error("stopped waiting"));
    };
    const callOff = clock.after(delayMs, () => {
      signal.removeEventListener("abort", stop);
      resolve();
    });
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) {
      stop();
    }
  });
}

/** Codes of the file system that say what a path is, and no outage of the disk or of the network. */
const LASTING_PATHS =
  /^(E(NOENT|ACCES|EXIST|INVAL|ISDIR|LOOP|NAMETOOLONG|NOTDIR|NOTEMPTY|PERM|ROFS)|ERR_INVALID_ARG_VALUE)$/;

function isLasting(error: unknown): boolean {
  if (error instanceof LastingError) {
    return true;
  }
  if (typeof error !== "object" || error === null || !("code" in error)) {
    return false;
  }
  const { code } = error;
  return typeof code === "number"
    ? LASTING_CODES.has(code)
    : typeof code === "string" && LASTING_PATHS.test(code);
}
