import type { Run, Status } from "./run.ts";

/** A committed event. */
export type Event = {
  readonly seq: number;
  readonly kind: number;
  readonly version: number;
  readonly step: string;
  readonly attempt: number;
  readonly atUs: number;
  /** 0: `payload` is the payload; 1: it is the hash of the blob that holds it. */
  readonly form: number;
  readonly payload: Uint8Array;
};

/** Where a run stands, for those who watch it. */
export type Head = {
  readonly runId: Uint8Array;
  readonly namespace: string;
  readonly status: Status;
  readonly lastSeq: number;
};

/** Which runs to list. */
export type RunQuery = {
  readonly namespace: string;
  readonly limit: number;
  /** Only runs older than this one. */
  readonly beforeRunId: Uint8Array | undefined;
  /** Empty for all. */
  readonly pipeline: string;
  readonly statuses: readonly Status[];
  readonly labels: Readonly<Record<string, string>>;
};

/** A fold of a run's events. */
export type Snapshot = {
  readonly uptoSeq: number;
  readonly version: number;
  readonly fold: Uint8Array;
};

/** Where runs and their events are read. An empty namespace is the mesh's own look at all of them. */
export interface RunReader {
  run(runId: Uint8Array, namespace: string): Promise<Run | undefined>;
  /** What no live session offers of what a run requires; empty when one offers all of it. */
  unmet(requires: readonly string[]): Promise<readonly string[]>;
  list(query: RunQuery): Promise<readonly Run[]>;
  heads(runIds: readonly Uint8Array[]): Promise<readonly Head[]>;
  /** Events of one run past a number, in order, within bounds of count and bytes. */
  events(page: {
    readonly runId: Uint8Array;
    readonly afterSeq: number;
    readonly limit: number;
    readonly maxBytes: number;
  }): Promise<readonly Event[]>;
  /** Events of several runs, each past a number, in order within a run, so many of each at most. */
  eventsOf(
    runs: readonly { readonly runId: Uint8Array; readonly afterSeq: number }[],
    limit: number,
  ): Promise<readonly { readonly runId: Uint8Array; readonly event: Event }[]>;
}

/** Where folds of runs are kept: only to spare reading, never the truth. */
export interface SnapshotStore {
  put(runId: Uint8Array, snapshot: Snapshot): Promise<void>;
  get(runId: Uint8Array, version: number): Promise<Snapshot | undefined>;
}
