/** One message of a conversation. */
export type ChatMessage =
  | { readonly role: "system" | "user"; readonly content: string }
  | {
      readonly role: "assistant";
      readonly content: string;
      /** Tools that it wanted called. */
      readonly toolCalls?: readonly ToolCall[];
    }
  /** The result of a tool. */
  | { readonly role: "tool"; readonly content: string; readonly toolCallId: string };

/** A tool that a model may call (L142). */
export type OfferedTool = {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of its arguments. */
  readonly parameters: unknown;
};

/** A model's wish to have a tool called; its arguments are text as the model wrote it. */
export type ToolCall = {
  readonly id: string;
  readonly name: string;
  readonly argumentsJson: string;
};

/** What a model must have to be chosen (L136, L137); undefined asks for nothing. */
export type Requirements = {
  readonly capabilities: readonly string[];
  readonly minExpertise: string | undefined;
  /** Levels, one of which it must have; empty for any. */
  readonly expertise: readonly string[];
  readonly minAccuracy: number | undefined;
  /** Most that 1,000 tokens in and 500 out may cost. */
  readonly maxCostNanoUsd: number | undefined;
  readonly minSize: number | undefined;
  readonly maxSize: number | undefined;
  readonly provider: string | undefined;
  readonly domain: string | undefined;
  readonly prefer: string | undefined;
  readonly contextTokens: number;
  readonly maxLatencyMs: number | undefined;
  readonly minTokensPerSecond: number | undefined;
  /** Names that are tried first where they have the rest. */
  readonly preferred: readonly string[];
  readonly excluded: readonly string[];
  /** What is done when nothing fits; undefined: the call fails. */
  readonly fallback: "best_available" | "cheapest" | undefined;
};

/** Which model to call: the first of the names that can be and has what is required, else one that has it. */
export type Choice = {
  readonly names: readonly string[];
  readonly requirements: Requirements | undefined;
};

/** The form of an answer (L139); an empty schema stands for any JSON object. */
export type AnswerForm = {
  readonly name: string;
  readonly schema: unknown;
  /** The provider is asked to hold the model to the schema. */
  readonly strict: boolean;
};

/** What is said to a model, whichever it is. */
export type Prompt = {
  readonly messages: readonly ChatMessage[];
  /** 0 for the model's own limit. */
  readonly maxTokens: number;
  readonly temperature: number | undefined;
  readonly topP: number | undefined;
  readonly stop: readonly string[];
  readonly seed: number | undefined;
  readonly form: AnswerForm | undefined;
  readonly tools?: readonly OfferedTool[];
};

/** Names a call for ever, within its namespace. */
export type CallKey = { readonly namespace: string; readonly callId: string };

/** One logical call of a model. */
export type ModelCall = CallKey & {
  readonly timeoutMs: number;
  readonly traceparent: string;
  readonly choice: Choice;
  readonly prompt: Prompt;
  readonly stream: boolean;
  /** A candidate whose estimate is higher is not called (L143). */
  readonly maxCostNanoUsd?: number;
};

/** What a model said, as it is recorded. */
export type Answer = {
  readonly kind: "answer";
  readonly text: string;
  readonly model: string;
  readonly provider: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Undefined when the model has no price. */
  readonly costNanoUsd: number | undefined;
  readonly latencyMs: number;
  readonly finishReason: string;
  readonly choiceReason: string;
  /** Whether an earlier call with the same id was answered so. */
  readonly recorded: boolean;
  readonly toolCalls?: readonly ToolCall[];
};

/** Codes of L103. */
export type FailureCode =
  | "MODEL_NOT_FOUND"
  | "NO_ELIGIBLE_MODEL"
  | "MODEL_CONTEXT_EXCEEDED"
  | "MODEL_ERROR"
  | "RATE_LIMITED"
  | "AUTHENTICATION"
  | "NETWORK"
  | "TIMEOUT"
  | "CANCELLED"
  | "BUDGET_EXCEEDED";

/** A call without an answer. */
export type Failure = {
  readonly kind: "failure";
  readonly code: FailureCode;
  readonly message: string;
  readonly retryAfterMs: number | undefined;
  readonly httpStatus: number | undefined;
  /** Whether the provider may have worked, and charged, all the same. */
  readonly inDoubt: boolean;
};

export type Outcome = Answer | Failure;

/** Makes a failure; what is not said of it is unknown or false. */
export function failure(
  code: FailureCode,
  message: string,
  more: Partial<Pick<Failure, "retryAfterMs" | "httpStatus" | "inDoubt">> = {},
): Failure {
  return {
    kind: "failure",
    code,
    message,
    retryAfterMs: more.retryAfterMs,
    httpStatus: more.httpStatus,
    inDoubt: more.inDoubt ?? false,
  };
}
