/** Lets a bounded number in at once, in order of arrival. */
export interface Gate {
  /** Resolves to a function that leaves, or to undefined when too many wait already. Rejects with the signal's reason. */
  enter(signal: AbortSignal): Promise<(() => void) | undefined>;
}

export type GateOptions = {
  readonly maxInside: number;
  /** At this bound an entry is refused. */
  readonly maxWaiting: number;
};

/** Creates a gate. */
export function createGate({ maxInside, maxWaiting }: GateOptions): Gate {
  const waiting = new Set<() => void>();
  let inside = 0;
  const leave = (): void => {
    const [first] = waiting;
    if (first === undefined) {
      inside--;
      return;
    }
    // The place passes on without becoming free, so that nobody overtakes.
    waiting.delete(first);
    first();
  };
  return {
    async enter(signal) {
      signal.throwIfAborted();
      if (inside < maxInside) {
        inside++;
        return once(leave);
      }
      if (waiting.size >= maxWaiting) return undefined;
      await new Promise<void>((resolve, reject) => {
        const admit = (): void => {
          signal.removeEventListener("abort", give);
          resolve();
        };
        const give = (): void => {
          waiting.delete(admit);
          reject(signal.reason);
        };
        waiting.add(admit);
        signal.addEventListener("abort", give, { once: true });
      });
      return once(leave);
    },
  };
}

function once(leave: () => void): () => void {
  let left = false;
  return () => {
    if (!left) {
      left = true;
      leave();
    }
  };
}
