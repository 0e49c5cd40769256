import type { AppendRow } from "./append-columns.ts";
import type { Append } from "./append.ts";
import { keyOf } from "./run.ts";

/** A run that a link carries, under one epoch: a handle never changes it, since a late append would pass the fence. */
export type Lease = {
  readonly handle: number;
  readonly runId: Uint8Array;
  /** The run as a key of maps. */
  readonly key: string;
  readonly epoch: number;
  /** Number of the last message that was handed to the link. */
  deliveredSeq: number;
};

/** Makes the lease of a handle. */
export function leaseOf(bind: {
  readonly handle: number;
  readonly runId: Uint8Array;
  readonly epoch: number;
}): Lease {
  return { ...bind, key: keyOf(bind.runId), deliveredSeq: 0 };
}

/** A row of a frame as the append that it stands for, or undefined when it is malformed. */
export function appendOf(row: AppendRow, lease: Lease, sessionId: number): Append | undefined {
  const { events } = row;
  if (events === undefined) return undefined;
  return {
    runId: lease.runId,
    sessionId,
    epoch: lease.epoch,
    fromSeq: row.fromSeq,
    toSeq: row.fromSeq + events.length,
    status: row.status,
    inboxSeq: row.inboxSeq,
    wakeAfterMs: row.wakeAfterMs,
    events,
    bytes: row.bytes,
  };
}
