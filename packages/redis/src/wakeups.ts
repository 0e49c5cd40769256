import { openMemoryWakeups } from "./memory-wakeups.ts";
import { openRedisWakeups } from "./redis-wakeups.ts";

/**
 * Hints between processes that there is something to look at. A hint may be lost, and equal ones may become one; so
 * whoever waits for one also looks by himself from time to time.
 */
export interface Wakeups extends AsyncDisposable {
  /** Whether hints arrive, as far as is known. */
  readonly healthy: boolean;
  /** How many hints could not be sent. */
  readonly lost: number;
  /** Tells all subscribers of the channel, this process's among them. Never waits and never fails. */
  publish(channel: string, payload: string): void;
  /** Calls back for every hint on a channel until it is disposed; while there is no connection none come. */
  subscribe(channel: string, onPayload: (payload: string) => void): Promise<AsyncDisposable>;
  /** Resolves when the server answers, rejects when it does not. */
  ping(): Promise<void>;
}

/** Where hints go. */
export type WakeupsOptions = {
  /** A Redis; without one hints stay within the process, among those who share the object. */
  readonly url?: string | undefined;
  /** Hints that are published within this time are sent together. */
  readonly coalesceMs?: number;
  /** Hears why hints are lost; they are no reason to stop. */
  readonly onError?: (error: unknown) => void;
  readonly random?: () => number;
};

/** Opens the way for hints; a Redis that is down is waited for in the background. */
export async function openWakeups({
  url,
  coalesceMs = 2,
  onError = ignore,
  random = Math.random,
}: WakeupsOptions = {}): Promise<Wakeups> {
  return url === undefined
    ? openMemoryWakeups({ coalesceMs, onError })
    : openRedisWakeups({ url, coalesceMs, onError, random });
}

function ignore(): void {
  // Lost hints are counted; who wants to know more says so.
}
