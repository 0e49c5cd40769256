import type { Status } from "./run.ts";

/** One event to commit. Its payload is opaque here. */
export type AppendEvent = {
  readonly kind: number;
  readonly version: number;
  readonly step: string;
  readonly attempt: number;
  /** 8 bytes over append id, content and the digest before: by it an append that came before is recognised. */
  readonly digest: Uint8Array;
  /** 0: `payload` is the payload; 1: it is the hash of the blob that holds it. */
  readonly form: 0 | 1;
  readonly payload: Uint8Array;
};

/** Events of one run that belong together, with the right under which they are appended (I2, I3). */
export type Append = {
  readonly runId: Uint8Array;
  readonly sessionId: number;
  readonly epoch: number;
  readonly fromSeq: number;
  readonly toSeq: number;
  /** Where the run stands after it. */
  readonly status: Status;
  /** Number of the last message that the run has consumed. */
  readonly inboxSeq: number;
  /** For a suspending append; 0 for none. */
  readonly wakeAfterMs: number;
  readonly events: readonly AppendEvent[];
  /** Of all payloads. */
  readonly bytes: number;
};

/** What a batch holds for one run: appends that extend each other. */
export type Entry = Omit<Append, "events"> & {
  readonly appends: readonly Pick<Append, "events">[];
};

/** What became of an append. */
export type Outcome =
  | { readonly kind: "committed" }
  | {
      readonly kind: "refused";
      readonly verdict: Refusal;
      /** The run's head and last message, as far as known. */
      readonly lastSeq: number;
      readonly inboxSeq: number;
    };

/** Why an append was not committed. */
export type Refusal =
  | "stale"
  | "gap"
  | "conflict"
  | "inbox_ahead"
  | "unknown_run"
  | "invalid"
  | "unavailable";

/** What a second look says of a refused append. */
export type SecondLook = {
  readonly runId: Uint8Array;
  readonly verdict: "duplicate" | "retry" | Exclude<Refusal, "unavailable">;
  readonly lastSeq: number;
  readonly inboxSeq: number;
};

/** How a statement against the store may end that did not do what it was to do. */
export type StoreTrouble =
  /** The store cannot be reached, or does not say whether it committed. */
  | { readonly kind: "unavailable"; readonly cause: unknown }
  /** The store asks for the same again. */
  | { readonly kind: "again" }
  /** The store cannot take it, now or later. */
  | { readonly kind: "poisoned"; readonly cause: unknown };

/** Where appends are committed. */
export interface AppendStore {
  /** Commits what may be committed of a batch that is sorted by run, each run once, in one transaction. */
  append(
    batch: readonly Entry[],
  ): Promise<
    | { readonly kind: "done"; readonly atUs: number; readonly refused: readonly Uint8Array[] }
    | StoreTrouble
  >;
  /** Says why entries were refused. */
  look(
    refused: readonly Entry[],
  ): Promise<{ readonly kind: "done"; readonly looks: readonly SecondLook[] } | StoreTrouble>;
}

/** Whether a word of the second look is one. */
export function isVerdict(word: string): word is SecondLook["verdict"] {
  return VERDICTS.has(word);
}

const VERDICTS: ReadonlySet<string> = new Set<SecondLook["verdict"]>([
  "duplicate",
  "retry",
  "stale",
  "gap",
  "conflict",
  "inbox_ahead",
  "unknown_run",
  "invalid",
]);
