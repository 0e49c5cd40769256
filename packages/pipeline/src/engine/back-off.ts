import type { AttemptPolicy } from "../plan.ts";

/** Milliseconds to wait before retry `retry`, counted from 1 (L89). `jitter` is drawn by the caller, from 0 to 1 (I8). */
export function backOffMs(
  policy: AttemptPolicy,
  { retry, jitter, retryAfterMs = 0 }: { retry: number; jitter: number; retryAfterMs?: number },
): number {
  const spread = policy.jitter ? 0.5 + 0.5 * jitter : 1;
  const wait = Math.min(policy.maxIntervalMs, stepOf(policy, retry)) * spread;
  return Math.round(Math.max(wait, Math.min(retryAfterMs, policy.maxIntervalMs)));
}

function stepOf(policy: AttemptPolicy, retry: number): number {
  switch (policy.backoff) {
    case "none":
      return 0;
    case "constant":
      return policy.initialMs;
    case "linear":
      return policy.initialMs + (retry - 1) * policy.incrementMs;
    case "exponential":
      // Nothing times infinity is no number.
      return policy.initialMs === 0 ? 0 : policy.initialMs * policy.multiplier ** (retry - 1);
  }
}
