import { setTimeout as sleep } from "node:timers/promises";

import { type Code, ConnectError, type Interceptor, type UnaryRequest } from "@connectrpc/connect";
import {
  backoffMs,
  createRetryBudget,
  DEFAULT_RETRY,
  fullNameOf,
  isRepeatable,
  isRetryable,
  type RetryBudget,
  type RetryPolicy,
} from "@orchestrator/rpc";

import { deadlineOf } from "../transport-core.ts";

export type RetryOptions = {
  readonly policy?: RetryPolicy;
  readonly random?: () => number;
  /** Is told of each failure that is not the last word. */
  readonly onRetry?: (method: string, code: Code) => void;
};

/**
 * Repeat unary calls that may be repeated, when their server was not there.
 *
 * Within the caller's deadline, and within a budget that all calls of a transport share.
 */
export function retry({
  policy = DEFAULT_RETRY,
  random = Math.random,
  onRetry = () => undefined,
}: RetryOptions = {}): Interceptor {
  const budget = createRetryBudget();
  return (next) => async (request) => {
    if (request.stream || !isRepeatable(request.method, request.message)) {
      return next(request);
    }
    for (let attempt = 1; ; attempt++) {
      try {
        const response = await next(request);
        budget.succeeded();
        return response;
      } catch (thrown) {
        const waitMs = backoffMs(attempt + 1, { ...policy, random });
        if (
          !mayRepeat(thrown, budget) ||
          attempt >= policy.maxAttempts ||
          isOver(request, waitMs)
        ) {
          throw thrown;
        }
        onRetry(fullNameOf(request.method), ConnectError.from(thrown).code);
        await sleep(waitMs, undefined, { signal: request.signal }).catch(() => {
          throw thrown;
        });
      }
    }
  };
}

function mayRepeat(thrown: unknown, budget: RetryBudget): boolean {
  if (!isRetryable(ConnectError.from(thrown).code)) {
    return false;
  }
  budget.failed();
  return budget.allows();
}

function isOver(request: UnaryRequest, waitMs: number): boolean {
  return request.signal.aborted || Date.now() + waitMs >= (deadlineOf(request) ?? Infinity);
}
