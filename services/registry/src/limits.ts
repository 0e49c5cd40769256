/** Bounds of the registry; what happens at each is said where it is used. */
export const LIMITS = {
  /** Calls of one stream that wait for their answers; further ones fail RATE_LIMITED. */
  callsPerStream: 1_000,
  /** Calls of this process; further ones fail RATE_LIMITED. */
  flights: 10_000,
  /** Requests to one provider at once, and those that wait for a place; further ones fail RATE_LIMITED. */
  requestsPerProvider: 128,
  waitingPerProvider: 5_000,
  /** Longer answers are broken off: MODEL_ERROR. */
  answerBytes: 4 << 20,
  /** A frame to a caller is closed when it holds so much, unless one answer is larger. */
  frameBytes: 1 << 20,
  /** Calls that ask for no or more time get so much. */
  maxTimeoutMs: 3_600_000,
  defaultTimeoutMs: 120_000,
  /** How long an answer is tried to be recorded while the database cannot be reached. */
  settleMs: 30_000,
  /** How long a call waits for a ledger that cannot be reached before it is made; its own deadline may be nearer. */
  ledgerPatienceMs: 120_000,
  /** Intents or answers in one statement. */
  ledgerBatch: 256,
  /** How long the calls under way may take to end when the process stops. */
  drainMs: 7_000,
} as const;
