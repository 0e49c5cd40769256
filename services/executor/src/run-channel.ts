import type { ReceivedMessage } from "@orchestrator/pipeline";

/** A run that state gave to this executor, as it was assigned. */
export type AssignedRun = {
  /** UUIDv7, 16 bytes. */
  readonly runId: Uint8Array;
  /** The holding; an append under an older one is refused (I2). */
  readonly epoch: number;
  readonly lastSeq: number;
  readonly inboxSeq: number;
  readonly namespace: string;
  readonly documentHash: Uint8Array;
  readonly planVersion: number;
  /** Payload of the first event, when it is the only one. */
  readonly createdPayload: Uint8Array | undefined;
  /** When the first event was committed, microseconds since 1970. */
  readonly createdAtUs: number;
  /** W3C trace context of the request that made the run; empty for none. */
  readonly traceparent: string;
  /** The database's clock when the run was assigned, microseconds since 1970. */
  readonly nowUs: number;
};

/** An event as it is appended. */
export type OutgoingEvent = {
  readonly kind: number;
  readonly version: number;
  /** Step instance; empty for the run. */
  readonly step: string;
  /** From 1; 0 where there is none. */
  readonly attempt: number;
  /** At most 8 KiB; empty when `blobHash` says where it is. */
  readonly payload: Uint8Array;
  /** SHA-256 of the blob that holds a payload over 8 KiB. Whoever appends has stored it before (RunStore.putBlob). */
  readonly blobHash?: Uint8Array;
};

/** Where a run stands after an append. */
export type StateAfter = "running" | "suspended" | "completed" | "failed" | "cancelled";

/** Events that belong together: all of them are committed, or none. */
export type Append = {
  readonly events: readonly OutgoingEvent[];
  readonly stateAfter: StateAfter;
  /** Number of the last message that the run has consumed, this append included. */
  readonly inboxSeq: number;
  /** For `suspended`: when it wakes, counted from the commit; absent for a message only. */
  readonly wakeAfterMs?: number;
};

/** A message to a run. */
export type RunMessage = {
  readonly inboxSeq: number;
  readonly kind: ReceivedMessage["kind"];
  readonly payload: Uint8Array;
};

/**
 * The way of one held run to its log.
 *
 * Appends go out in order, each extending the one before; several made in one turn of the event loop travel together.
 * Transport trouble, a replica that drains and a database that cannot be reached are hidden: the append is sent again
 * until it is answered. So a run hears `committed` once for each append, or `lost` once and nothing after it.
 */
export interface RunChannel {
  append(append: Append): void;
  /** Gives the run back without an end; nothing is heard of it afterwards. Only when no append is under way. */
  release(): void;
  /** The same for a run that cannot be run: state counts how often, and quarantines it in the end (I10). */
  giveUp(): void;
}

/** What a held run hears. */
export interface HeldRun {
  /** Its events up to this sequence number are committed (I4). */
  committed(seq: number): void;
  /** A suspending or terminal append was refused, since messages came that it has not consumed; they were delivered before this. Nothing of it is committed. */
  inboxAhead(): void;
  message(message: RunMessage): void;
  /** The holding is over and the outcome of what was under way is unknown: stop every attempt, append nothing more. */
  lost(reason: string): void;
}

/** What runs the runs of this executor. */
export interface RunHost {
  /** Takes up a run; the channel is its own from now on. */
  take(assigned: AssignedRun, channel: RunChannel): HeldRun;
}

/** Whether attempts may start: false while no heartbeat was acknowledged in time (self-fencing). */
export interface AttemptFence {
  mayStart(): boolean;
  /** Calls back each time that attempts may start again. */
  onOpen(callback: () => void): void;
}

/** What a run reads and writes beside its log. */
export interface RunStore {
  /** The plan's JSON. */
  plan(run: AssignedRun, signal: AbortSignal): Promise<Uint8Array>;
  /** Committed events in sequence, those after `afterSeq` (0) at least; payloads that are blobs are resolved. */
  events(
    run: AssignedRun & { readonly afterSeq?: number },
    signal: AbortSignal,
  ): AsyncIterable<OutgoingEvent & { readonly seq: number; readonly atUs: number }>;
  /** Files that belong to the document. */
  bundle(
    run: AssignedRun,
    signal: AbortSignal,
  ): Promise<readonly { readonly path: string; readonly content: Uint8Array }[]>;
  /** Puts into the run's inbox that the time of a wait passed, unless a message for that wait is there already (L150). */
  expireWait(
    wait: {
      readonly namespace: string;
      readonly runId: Uint8Array;
      readonly step: string;
      readonly attempt: number;
    },
    signal: AbortSignal,
  ): Promise<void>;
  putBlob(
    blob: { readonly namespace: string; readonly mediaType: string; readonly bytes: Uint8Array },
    signal: AbortSignal,
  ): Promise<{ readonly sha256: string; readonly size: number }>;
  /** Stores a file's bytes without reading them into memory at once. */
  putFile(
    file: { readonly namespace: string; readonly mediaType: string; readonly path: string },
    signal: AbortSignal,
  ): Promise<{ readonly sha256: string; readonly size: number }>;
  getBlob(
    blob: { readonly namespace: string; readonly sha256: string },
    signal: AbortSignal,
  ): Promise<Uint8Array>;
  /** Writes a blob's bytes to a file. */
  getFile(
    blob: { readonly namespace: string; readonly sha256: string; readonly path: string },
    signal: AbortSignal,
  ): Promise<void>;
  snapshot(
    run: AssignedRun,
    version: number,
    signal: AbortSignal,
  ): Promise<{ readonly uptoSeq: number; readonly fold: Uint8Array } | undefined>;
  putSnapshot(
    snapshot: {
      readonly runId: Uint8Array;
      readonly uptoSeq: number;
      readonly version: number;
      readonly fold: Uint8Array;
    },
    signal: AbortSignal,
  ): Promise<void>;
}
