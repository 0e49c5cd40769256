/** What a look at the store found; all that an idle replica asks, once a second. */
export type Look = {
  /** The database's clock. */
  readonly nowUs: number;
  /** Changes when another server takes over. */
  readonly timeline: string;
  /** When the next live session expires. */
  readonly nextExpiryUs: number | undefined;
  /** When the next suspended run wakes. */
  readonly nextWakeUs: number | undefined;
  /** Whether a dead session may hold runs. */
  readonly deadSessions: boolean;
  readonly readyRuns: boolean;
};

/** The runs that wait for an executor. */
export type Queue = {
  /** Counted up to a bound. */
  readonly depth: number;
  readonly oldestSeconds: number;
};

/** What was done with the runs of dead sessions. */
export type Takeover = { readonly ready: number; readonly quarantined: number };

/** What keeps the store's promises that nobody waits for: deaths, takeovers, timers. */
export interface SweepStore {
  look(): Promise<Look>;
  /** Live sessions whose lease is over. */
  expired(): Promise<readonly number[]>;
  /** Declares a session dead, if it is still live and expired. */
  declareDead(sessionId: number): Promise<boolean>;
  /** Takes runs from dead sessions, as many as one transaction should. */
  takeOver(): Promise<Takeover>;
  /** Lets go of dead sessions that hold nothing any more. */
  settle(): Promise<void>;
  /** Gives every live session a full lease. */
  grantLeases(leaseMs: number): Promise<void>;
  /** Lets the lease of every live session end. */
  expireAll(): Promise<void>;
  /** Wakes suspended runs whose time has come, as many as one transaction should. */
  wakeDue(): Promise<number>;
  queue(): Promise<Queue>;
  /** Drops the parts of uploads that broke off. */
  dropAbandonedUploads(): Promise<void>;
}
