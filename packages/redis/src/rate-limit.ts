import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";

import { openConnection, untilTried } from "./redis-connection.ts";

/** Lets so many requests of each caller through in a minute that begins with his first one. */
export interface RateLimit extends AsyncDisposable {
  /** Takes one request of the caller; undefined, or how long there is no other for him. */
  take(caller: string): Promise<number | undefined>;
  /** Resolves when what the counts are kept in answers, rejects when it does not. */
  ping(): Promise<void>;
}

/** How many requests there are, and where they are counted. */
export type RateLimitOptions = {
  readonly requestsPerMinute: number;
  /** A Redis, where all who use it count together; without one this process counts for itself. */
  readonly url?: string | undefined;
  /** Hears why the Redis cannot be asked. */
  readonly onError?: (error: unknown) => void;
  readonly random?: () => number;
};

/** Opens a limit. While its Redis is down this process counts for itself, so that nobody is refused or let in for that. */
export async function openRateLimit({
  requestsPerMinute: points,
  url,
  onError = ignore,
  random = Math.random,
}: RateLimitOptions): Promise<RateLimit> {
  const own = new RateLimiterMemory({ points, duration: SECONDS });
  if (url === undefined) {
    return { take: takeFrom(own), async ping() {}, async [Symbol.asyncDispose]() {} };
  }
  const redis = openConnection(url, { onError, random });
  const shared = new RateLimiterRedis({
    storeClient: redis,
    keyPrefix: KEY_PREFIX,
    points,
    duration: SECONDS,
    // Who was refused is not counted any more until his minute is over, and costs the Redis nothing.
    inMemoryBlockOnConsumed: points + 1,
    rejectIfRedisNotReady: true,
    insuranceLimiter: own,
  });
  await untilTried(redis);
  return {
    take: takeFrom(shared),
    async ping() {
      await redis.ping();
    },
    async [Symbol.asyncDispose]() {
      redis.disconnect();
    },
  };
}

const SECONDS = 60;
const KEY_PREFIX = "orchestrator:requests";

function takeFrom(limiter: RateLimiterMemory | RateLimiterRedis): RateLimit["take"] {
  return async (caller) => {
    try {
      await limiter.consume(caller);
      return undefined;
    } catch (refusal) {
      if (refusal instanceof RateLimiterRes) return Math.max(1, refusal.msBeforeNext);
      throw refusal;
    }
  };
}

function ignore(): void {
  // Counting goes on without it.
}
