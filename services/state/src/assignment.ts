import type { Takeover } from "./sweep.ts";

/** A run that a session is to take up. */
export type Assignment = {
  readonly runId: Uint8Array;
  readonly epoch: number;
  readonly lastSeq: number;
  readonly inboxSeq: number;
  readonly namespace: string;
  readonly documentHash: Uint8Array;
  readonly planVersion: number;
  /** Payload of the first event, when it is the only one. */
  readonly createdPayload: Uint8Array | undefined;
  readonly createdAtUs: number;
  readonly traceparent: string;
  readonly nowUs: number;
};

/** A run as it is held: under another epoch it is another holding. */
export type Holding = { readonly runId: Uint8Array; readonly epoch: number };

/** A holding with the run's head and last message. */
export type HeldRun = Holding & { readonly lastSeq: number; readonly inboxSeq: number };

/** A session as links see it. */
export type LiveSession = { readonly sessionId: number; readonly offers: ReadonlySet<string> };

/** Where runs are given to sessions and taken back. */
export interface AssignmentStore {
  /** The session, unless it is dead or never was. */
  liveSession(sessionId: number): Promise<LiveSession | undefined>;
  /** Gives ready runs that fit to a session, if it lives. */
  claim(sessionId: number, limit: number): Promise<readonly Assignment[]>;
  /** Gives those of the named runs that are ready and fit to a session, if it lives. */
  claimNamed(
    sessionId: number,
    wanted: { readonly runIds: readonly Uint8Array[]; readonly limit: number },
  ): Promise<readonly Assignment[]>;
  /** Makes runs ready that the session gives back; answers with those that it held. */
  release(sessionId: number, holdings: readonly Holding[]): Promise<readonly Uint8Array[]>;
  /** Takes runs back that the session cannot run: each time counts as a takeover. */
  giveUp(sessionId: number, holdings: readonly Holding[]): Promise<Takeover>;
  /** Makes runs ready whose assignment was not taken up: nothing was appended since. */
  takeBack(sessionId: number, runs: readonly HeldRun[]): Promise<readonly Uint8Array[]>;
  /** Those of the holdings that are the session's. */
  confirm(sessionId: number, holdings: readonly Holding[]): Promise<readonly HeldRun[]>;
  /** All that the session holds. */
  held(sessionId: number): Promise<readonly HeldRun[]>;
  /** What is said to the session of runs that it holds. */
  assignments(sessionId: number, runIds: readonly Uint8Array[]): Promise<readonly Assignment[]>;
}
