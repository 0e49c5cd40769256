/** Time as runs see it; the machine's wall clock is never asked (I7). */
export interface Clock {
  /** Milliseconds from any fixed moment; never runs backwards. */
  monotonicMs(): number;
  /** Calls back once, after at least this long, unless it was called off. */
  after(delayMs: number, callback: () => void): CallOff;
}

/** Calls a timer off. */
export type CallOff = () => void;
