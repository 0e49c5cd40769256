import type { FailureCode } from "./call.ts";
import type { ErrorClass, ProviderError } from "./provider.ts";

/** Where a call stands when an attempt has failed. */
export type Standing = {
  /** Attempts made, this one included. */
  readonly attempts: number;
  /** Upper bound of all attempts of the call (`models.registry.max_retries`). */
  readonly maxAttempts: number;
  /** Candidates behind the one that failed; each is owed an attempt. */
  readonly candidatesLeft: number;
  readonly remainingMs: number;
  /** Whether the caller was shown a part of the answer, which another attempt would contradict. */
  readonly wasShown: boolean;
  /** Between 0 and 1. */
  readonly random: number;
};

/** What to do about a failed attempt. */
export type Decision =
  | { readonly kind: "again"; readonly delayMs: number }
  | { readonly kind: "next" }
  | { readonly kind: "fail" };

/** Decides by error class: wait and repeat, go on to the next candidate, or give up. */
export function afterError(error: ProviderError, standing: Standing): Decision {
  const { attempts, maxAttempts, candidatesLeft, wasShown } = standing;
  if (isFinal(error.class) || wasShown || attempts >= maxAttempts) return { kind: "fail" };
  const delayMs = delayOf(error, standing);
  const hasSpare = maxAttempts - attempts > candidatesLeft;
  if (
    isTransient(error.class) &&
    hasSpare &&
    delayMs < standing.remainingMs &&
    delayMs <= MAX_DELAY_MS
  ) {
    return { kind: "again", delayMs };
  }
  return candidatesLeft > 0 ? { kind: "next" } : { kind: "fail" };
}

/** The code of L103 that an error class is to a run. */
export function codeOf(error: ErrorClass): FailureCode {
  return CODES[error];
}

/** Longer waits are the run's: it holds no connection and no memory meanwhile. */
const MAX_DELAY_MS = 30_000;
const FIRST_DELAY_MS = 250;

const CODES: Readonly<Record<ErrorClass, FailureCode>> = {
  rate_limited: "RATE_LIMITED",
  // Not RATE_LIMITED, which is retried: an account without means needs its owner.
  quota_exhausted: "AUTHENTICATION",
  authentication: "AUTHENTICATION",
  model_not_found: "MODEL_NOT_FOUND",
  context_exceeded: "MODEL_CONTEXT_EXCEEDED",
  refused: "MODEL_ERROR",
  overloaded: "MODEL_ERROR",
  malformed: "MODEL_ERROR",
  network: "NETWORK",
  timeout: "TIMEOUT",
  cancelled: "CANCELLED",
};

/** The caller's time is over, or he does not want the answer any more. */
function isFinal(error: ErrorClass): boolean {
  return error === "timeout" || error === "cancelled";
}

function isTransient(error: ErrorClass): boolean {
  return (
    error === "rate_limited" ||
    error === "overloaded" ||
    error === "network" ||
    error === "malformed"
  );
}

/** The provider's own hint, else twice as long each time, spread so that callers do not come back together. */
function delayOf({ retryAfterMs }: ProviderError, { attempts, random }: Standing): number {
  const backoff = FIRST_DELAY_MS * 2 ** (attempts - 1) * (0.5 + random / 2);
  return retryAfterMs === undefined ? backoff : Math.max(retryAfterMs, 1) + FIRST_DELAY_MS * random;
}
