import { Code } from "@connectrpc/connect";

/** How calls are repeated. */
export type RetryPolicy = {
  /** Of one call, the first included. */
  readonly maxAttempts: number;
  readonly firstBackoffMs: number;
  readonly maxBackoffMs: number;
};

/** Three attempts within half a second, which covers a replica that is being replaced. */
export const DEFAULT_RETRY: RetryPolicy = {
  maxAttempts: 4,
  firstBackoffMs: 50,
  maxBackoffMs: 1_000,
};

/** Keeps retries from multiplying the load of a server that is down. */
export type RetryBudget = {
  /** Whether one more retry is allowed. */
  allows(): boolean;
  succeeded(): void;
  failed(): void;
};

const MAX_TOKENS = 100;
const TOKENS_PER_SUCCESS = 0.1;

/** Creates a budget: a failure costs a token, ten successes earn one, and below half nothing is retried (gRFC A6). */
export function createRetryBudget(): RetryBudget {
  let tokens = MAX_TOKENS;
  return {
    allows: () => tokens > MAX_TOKENS / 2,
    succeeded() {
      tokens = Math.min(MAX_TOKENS, tokens + TOKENS_PER_SUCCESS);
    },
    failed() {
      tokens = Math.max(0, tokens - 1);
    },
  };
}

/** Whether a failure of this code says nothing against another try. */
export function isRetryable(code: Code): boolean {
  return code === Code.Unavailable;
}

/** How long to wait before attempt `attempt` (2 is the first retry): full jitter, so that callers do not meet again. */
export function backoffMs(
  attempt: number,
  { firstBackoffMs, maxBackoffMs, random }: RetryPolicy & { random: () => number },
): number {
  return random() * Math.min(maxBackoffMs, firstBackoffMs * 2 ** (attempt - 2));
}
