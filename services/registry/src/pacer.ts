/** Spreads requests so that a limit per minute is kept, with bursts of a tenth of it. */
export interface Pacer {
  /** Takes the next place; the request may go out after so many milliseconds. */
  reserve(nowMs: number): number;
  /** Gives back a place that was not used, if it is the last one taken. */
  refund(): void;
}

/** Creates a pacer for one process: a generic cell rate algorithm, one number of state. Undefined means no limit. */
export function createPacer(requestsPerMinute: number | undefined): Pacer {
  if (requestsPerMinute === undefined) return { reserve: () => 0, refund: () => undefined };
  const intervalMs = 60_000 / requestsPerMinute;
  const burstMs = intervalMs * Math.max(0, Math.floor(requestsPerMinute / 10) - 1);
  let nextMs = 0;
  return {
    reserve(nowMs) {
      const arrivalMs = Math.max(nextMs, nowMs);
      nextMs = arrivalMs + intervalMs;
      return Math.max(0, arrivalMs - burstMs - nowMs);
    },
    refund() {
      nextMs -= intervalMs;
    },
  };
}
