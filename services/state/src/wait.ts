/** A wait of a step, as it is listed. Its payload is opaque here. */
export type StoredWait = {
  /** Counts waits of all runs. */
  readonly waitId: number;
  readonly runId: Uint8Array;
  readonly pipeline: string;
  readonly step: string;
  readonly attempt: number;
  /** 0: `payload` is the payload; 1: it is the hash of the blob that holds it. */
  readonly form: number;
  readonly payload: Uint8Array;
  readonly createdAt: Date;
  readonly endedAt: Date | undefined;
};

/** Which waits to list. */
export type WaitQuery = {
  readonly namespace: string;
  readonly limit: number;
  readonly runId: Uint8Array | undefined;
  /** Empty for all. */
  readonly step: string;
  /** Only older ones. */
  readonly beforeWaitId: number | undefined;
  readonly includeEnded: boolean;
};

/** Where waits are read. They are written by the appends that begin and end them. */
export interface WaitReader {
  list(query: WaitQuery): Promise<readonly StoredWait[]>;
}
