import { pause } from "./pause.ts";

/** What is behind in a walk over the blobs of a namespace. */
export type BlobPage = {
  /** The hash to go on after; undefined at the end. */
  readonly last: Uint8Array | undefined;
  readonly removed: number;
};

/** Where what nobody needs any more is found and removed, a bounded piece at once. */
export interface RetentionStore {
  /** Removes runs that ended so many days ago, with all that belongs to them; says how many. */
  removeRuns(days: number): Promise<number>;
  /** Namespaces that have blobs. */
  blobNamespaces(): Promise<readonly string[]>;
  /** Looks at the next blobs of a namespace, and removes those that no run refers to. */
  collectBlobs(namespace: string, after: Uint8Array): Promise<BlobPage>;
}

export type RetentionOptions = {
  readonly store: RetentionStore;
  readonly days: number;
  readonly removed: (what: { readonly runs: number; readonly blobs: number }) => void;
};

/** Others come in between two pieces. */
const BETWEEN_PIECES_MS = 50;
const FIRST = new Uint8Array();

/** Removes all that is past its time. Replicas that do so together share the work: what one has locked, others pass over. */
export async function applyRetention(
  { store, days, removed }: RetentionOptions,
  signal: AbortSignal,
): Promise<void> {
  let runs = 0;
  let blobs = 0;
  try {
    for (let count = 1; count > 0 && !signal.aborted;) {
      count = await store.removeRuns(days);
      runs += count;
      await pause(count === 0 ? 0 : BETWEEN_PIECES_MS, signal);
    }
    for (const namespace of await store.blobNamespaces()) {
      for (let after: Uint8Array | undefined = FIRST; after !== undefined && !signal.aborted;) {
        const page: BlobPage = await store.collectBlobs(namespace, after);
        blobs += page.removed;
        after = page.last;
        await pause(page.removed === 0 ? 0 : BETWEEN_PIECES_MS, signal);
      }
    }
  } finally {
    if (runs + blobs > 0) removed({ runs, blobs });
  }
}
