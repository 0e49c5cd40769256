import type { Prompt, ToolCall } from "./call.ts";

/** What a provider's trouble means, whatever its status; what follows from it is decided by class alone. */
export type ErrorClass =
  /** Too many requests for now. */
  | "rate_limited"
  /** The account has nothing left to spend; waiting does not help. */
  | "quota_exhausted"
  | "authentication"
  | "model_not_found"
  | "context_exceeded"
  /** The request is not one that the provider serves. */
  | "refused"
  /** The provider failed, and says so. */
  | "overloaded"
  /** An answer that cannot be read, or is larger than allowed. */
  | "malformed"
  | "network"
  | "timeout"
  | "cancelled";

/** Trouble with one attempt. */
export type ProviderError = {
  readonly kind: "error";
  readonly class: ErrorClass;
  /** Says what is wrong; never contains a credential or a prompt. */
  readonly message: string;
  readonly retryAfterMs?: number;
  readonly httpStatus?: number;
  /** Whether the provider may have worked, and charged, all the same. */
  readonly mayHavePaid: boolean;
};

/** What one attempt brought. */
export type ProviderAnswer = {
  readonly kind: "answer";
  readonly text: string;
  /** As billed; undefined when the provider did not say. */
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number } | undefined;
  readonly finishReason: string;
  readonly toolCalls?: readonly ToolCall[];
};

export type AttemptOptions = {
  /** Its reason is `"timeout"` or `"cancelled"`. */
  readonly signal: AbortSignal;
  /** W3C trace context to send along; empty for none. */
  readonly traceparent?: string;
  /** When given, the answer is streamed, and each part handed over as it comes. */
  readonly onText?: (text: string) => void;
};

/** One configured provider of models. */
export interface Provider extends AsyncDisposable {
  readonly name: string;
  /** Makes one attempt; trouble is returned. */
  generate(
    request: { readonly model: string; readonly prompt: Prompt },
    options: AttemptOptions,
  ): Promise<ProviderAnswer | ProviderError>;
  /** The names of the models that it serves, or undefined when it does not say; costs nothing. */
  listModels(signal: AbortSignal): Promise<readonly string[] | undefined>;
}
