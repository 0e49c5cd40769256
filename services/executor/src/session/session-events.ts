/** What is told of this executor's place in the mesh. */
export interface SessionEvents {
  sessionOpened(event: { readonly sessionId: bigint; readonly leaseMs: number }): void;
  /** What it held is stopped; another executor takes it up. */
  sessionLost(event: { readonly sessionId: bigint; readonly heldRuns: number }): void;
  /** A replica cannot be reached, or the address cannot be looked up; it is tried again. */
  stateUnreachable(event: { readonly endpoint: string; readonly error: unknown }): void;
}
