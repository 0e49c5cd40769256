/** An executor that wants work. */
export type NewSession = {
  readonly executor: string;
  readonly offers: readonly string[];
  readonly capacity: number;
};

/** A session as operators see it. */
export type Session = NewSession & {
  readonly sessionId: number;
  readonly live: boolean;
  readonly heldRuns: number;
  readonly createdAt: Date;
  /** Undefined once its end is settled. */
  readonly expiresAt: Date | undefined;
};

/** What a heartbeat found: the session lives until then, and holds this. */
export type Beat = {
  readonly sessionId: number;
  readonly expiresAtUs: number;
  readonly heldCount: number;
  /** Sum modulo 2^64 over the held (run, epoch) of the first 8 bytes of their SHA-256. */
  readonly heldHash: bigint;
};

/** Where sessions are kept. Whether one lives is judged by the database's clock alone (I7). */
export interface SessionStore {
  open(session: NewSession, leaseMs: number): Promise<number>;
  /** Ends a session; the runs that it holds are ready again. Answers with how many. */
  close(sessionId: number): Promise<number>;
  /** Lengthens the lives of those that live; a session that is not in the answer is dead. */
  beat(sessionIds: readonly number[], leaseMs: number): Promise<readonly Beat[]>;
  /** Lets a session live for no longer than this, unless it was heard of elsewhere since `expiresAtUs` was set. */
  shorten(
    sessionId: number,
    limits: { readonly expiresAtUs: number; readonly leaseMs: number },
  ): Promise<"shortened" | "heard_elsewhere">;
  list(page: {
    readonly limit: number;
    /** 0 for the newest. */
    readonly beforeSessionId: number;
    readonly includeDead: boolean;
  }): Promise<readonly Session[]>;
}
