import type { Answer, Failure } from "./call.ts";
import type { ErrorClass } from "./provider.ts";

/** An attempt that begins. */
export type AttemptStart = {
  readonly provider: string;
  readonly model: string;
  readonly traceparent: string;
  readonly maxTokens: number;
  readonly temperature: number | undefined;
};

/** An attempt under way, as it is looked at. */
export type AttemptView = {
  /** W3C trace context for the provider; empty for none. */
  readonly traceparent: string;
  /** To be called when the attempt has ended. */
  ended(end: AttemptEnd): void;
};

/** How an attempt ended, for those who look on. */
export type AttemptEnd =
  | { readonly kind: "answer"; readonly answer: Answer }
  | { readonly kind: "error"; readonly class: ErrorClass; readonly httpStatus: number | undefined };

/** Sees calls go by; never their texts. */
export interface CallObserver {
  attemptStarted(start: AttemptStart): AttemptView;
  callAnswered(answer: Answer): void;
  callFailed(failure: Failure): void;
  /** A recorded answer could not be stored yet, or an intent not be closed. */
  ledgerFailed(error: unknown): void;
}
