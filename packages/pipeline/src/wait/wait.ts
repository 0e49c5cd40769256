import type { Json } from "@orchestrator/template";

/** What an instance waits for (§13). */
export type WaitKind = "sleep" | "signal" | "prompt" | "approval" | "feedback";

/** The durable record of a wait (L149). */
export type Wait = {
  readonly kind: WaitKind;
  readonly title: string | null;
  readonly prompt: string | null;
  /** JSON Schema of the answer, or of a signal's payload; null: anything. */
  readonly schema: Json | null;
  readonly choices: readonly string[] | null;
  /** Taken when nobody answers in time (L151). */
  readonly default?: Json;
  /** For a signal: its name. */
  readonly signal?: string;
  /** When it ends without an answer, milliseconds since 1970; for a sleep, when it is over. */
  readonly expiresAtMs: number;
};

/** How a wait ended. */
export type WaitEnd =
  | { readonly how: "elapsed" }
  | {
      readonly how: "signal";
      /** Number of the message that brought it. */
      readonly inboxSeq: number;
      readonly answer: Json;
      readonly by: string;
      readonly sentAtMs: number;
    }
  | { readonly how: "answer"; readonly answer: Json; readonly by: string }
  /** Its time passed: the default is taken, or the step fails. */
  | { readonly how: "expired" }
  /** Nobody is there to be asked (L152): the default is taken, or the step fails. */
  | { readonly how: "unattended" }
  /** The run ends without it. */
  | { readonly how: "withdrawn" };

/** A message that a run took out of its inbox. */
export type ReceivedMessage =
  | { readonly kind: "cancel"; readonly reason: string }
  | {
      readonly kind: "signal";
      readonly name: string;
      readonly answer: Json;
      readonly by: string;
      readonly sentAtMs: number;
    }
  /** An answer to the wait of an attempt, checked before it was sent. */
  | {
      readonly kind: "answer";
      readonly step: string;
      readonly attempt: number;
      readonly answer: Json;
      readonly by: string;
      readonly sentAtMs: number;
      /** Names the request that brought it, which may be repeated. */
      readonly requestId: string;
    }
  /** The time of a wait passed before anybody answered. */
  | { readonly kind: "expired"; readonly step: string; readonly attempt: number };

/** A signal that no wait has taken yet (L157). */
export type KeptSignal = {
  readonly inboxSeq: number;
  readonly name: string;
  readonly answer: Json;
  readonly by: string;
  readonly sentAtMs: number;
};

/** What is recorded of an instance's wait: plain JSON. */
export type WaitRecord = {
  readonly wait: Wait;
  readonly startedAtMs: number;
  /** The message that ends it, before that is recorded. */
  readonly reply?: WaitEnd;
  /** Where it ended, and when. */
  readonly end?: WaitEnd;
  readonly endedAtMs?: number;
};

/**
 * The key by which the inbox takes one message for a wait and no second: the first valid answer wins, and expiry is one
 * of them (L150, L151).
 */
export function waitKey({
  step,
  attempt,
}: {
  readonly step: string;
  readonly attempt: number;
}): string {
  return `wait/${attempt}/${step}`;
}
