import type { CallOff, Clock } from "../clock.ts";

/** Longest delay that a timer of Node takes. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The clock and timers of this process. */
export function processClock(): Clock {
  return { monotonicMs: () => performance.now(), after };
}

function after(delayMs: number, callback: () => void): CallOff {
  const dueMs = performance.now() + delayMs;
  let timer: NodeJS.Timeout;
  const arm = (): void => {
    const leftMs = dueMs - performance.now();
    // A timer may ring a fraction early.
    timer =
      leftMs > LONGEST_TIMER_MS
        ? setTimeout(arm, LONGEST_TIMER_MS)
        : setTimeout(callback, Math.max(0, Math.ceil(leftMs)));
  };
  arm();
  return () => clearTimeout(timer);
}
