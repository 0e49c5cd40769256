import { Redis } from "ioredis";

const CONNECT_TIMEOUT_MS = 2_000;
const COMMAND_TIMEOUT_MS = 2_000;
const FIRST_PAUSE_MS = 50;
const MAX_PAUSE_MS = 2_000;

/** Opens a connection on which nobody ever waits for a Redis that is down; it is found again by itself. */
export function openConnection(
  url: string,
  { onError, random }: { onError: (error: unknown) => void; random: () => number },
): Redis {
  const redis = new Redis(url, {
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
    // Nobody waits for a Redis that is down: a command fails at once.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResubscribe: false,
    keepAlive: 10_000,
    retryStrategy: (attempt) =>
      Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempt, 10)) * (0.5 + random() / 2),
  });
  // Without a listener ioredis writes to the console.
  redis.on("error", onError);
  return redis;
}

/** Waits for the first connection, no longer than it takes to know that there is none now. */
export async function untilTried(redis: Redis): Promise<void> {
  if (redis.status !== "connecting" && redis.status !== "connect") return;
  await new Promise<void>((resolve) => {
    const done = () => {
      redis.off("ready", done);
      redis.off("close", done);
      resolve();
    };
    redis.once("ready", done);
    redis.once("close", done);
  });
}
