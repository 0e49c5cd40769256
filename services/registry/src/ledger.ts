import type { Answer, CallKey } from "./call.ts";

/** A call that is about to be made, and what it may cost. */
export type Intent = CallKey & {
  readonly provider: string;
  readonly model: string;
  /** Undefined when the model has no price. */
  readonly reserveNanoUsd: number | undefined;
};

/** One recorded intent: the call and the number of the try, from 1. */
export type IntentRef = CallKey & { readonly ordinal: number };

/** What came of an intent. */
export type Begun =
  /** The call may be made. */
  | { readonly kind: "opened"; readonly ordinal: number }
  /** The call was answered before (I11). */
  | { readonly kind: "recorded"; readonly answer: Answer }
  /** A living process is making the call. */
  | { readonly kind: "busy" };

/** How a try without an answer ended. */
export type IntentEnd = {
  readonly status: "failed" | "in_doubt";
  /** Code of L103. */
  readonly code: string;
};

/** What was learnt about tokens and money along with an answer. */
export type Settlement = { readonly answer: Answer; readonly usageEstimated: boolean };

/**
 * The record of every call that may have been paid (I11).
 *
 * An intent is recorded before the call and the answer after it; an intent whose process died is marked in doubt, its
 * reserve counting as spent, before the call is made once more. Within one process a key is begun by one flight at a time.
 */
export interface Ledger {
  begin(intent: Intent): Promise<Begun>;
  find(key: CallKey): Promise<Answer | undefined>;
  /** False when another process has taken the call over meanwhile: its answer counts, this one only as spent. */
  settle(ref: IntentRef, settlement: Settlement): Promise<boolean>;
  end(ref: IntentRef, end: IntentEnd): Promise<void>;
}
