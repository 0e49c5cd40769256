/** Where a run stands, as the database keeps it; the same numbers as `orchestrator.state.v1.RunState`. */
export const STATUS = {
  ready: 1,
  running: 2,
  suspended: 3,
  completed: 4,
  failed: 5,
  cancelled: 6,
  quarantined: 7,
} as const;

export type Status = (typeof STATUS)[keyof typeof STATUS];

/** A run's row: the index over its log (I1). */
export type Run = {
  /** UUIDv7, 16 bytes. */
  readonly runId: Uint8Array;
  readonly namespace: string;
  readonly pipeline: string;
  readonly pipelineVersion: number;
  readonly documentHash: Uint8Array;
  readonly planVersion: number;
  readonly status: Status;
  readonly epoch: number;
  readonly lastSeq: number;
  readonly inboxSeq: number;
  readonly takeovers: number;
  /** 0 for none. */
  readonly sessionId: number;
  readonly wakeAt: Date | undefined;
  readonly createdAt: Date;
  readonly endedAt: Date | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly priority: number;
  readonly requires: readonly string[];
  readonly cancelRequested: boolean;
};

/** Whether no event will follow. */
export function hasEnded(status: Status): boolean {
  return status === STATUS.completed || status === STATUS.failed || status === STATUS.cancelled;
}

/** The number as a status, or undefined when it is none. */
export function statusFrom(number: number): Status | undefined {
  return STATUSES.find((status) => status === number);
}

/** A run's id as a key of maps; bytes have no identity. */
export function keyOf(runId: Uint8Array): string {
  return Buffer.from(runId.buffer, runId.byteOffset, runId.byteLength).toString("latin1");
}

/** A run's id as people write it. */
export function runIdText(runId: Uint8Array): string {
  const hex = Buffer.from(runId).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const STATUSES: readonly Status[] = Object.values(STATUS);
