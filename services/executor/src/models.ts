/** One message of a conversation with a model. */
export type ChatMessage =
  | { readonly role: "system" | "user"; readonly content: string }
  | {
      readonly role: "assistant";
      readonly content: string;
      /** Tools that it wanted called. */
      readonly toolCalls?: readonly ToolCall[];
    }
  /** What came of a tool. */
  | { readonly role: "tool"; readonly content: string; readonly toolCallId: string };

/** A tool that a model may call (L142). */
export type OfferedTool = {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of its arguments, as text. */
  readonly parametersJson: string;
};

/** A model's wish to have a tool called; its arguments are text as the model wrote it. */
export type ToolCall = {
  readonly id: string;
  readonly name: string;
  readonly argumentsJson: string;
};

/** What a model must have (L136, L137). */
export type ModelRequirements = {
  /** `text`, `code`, `vision`, `audio`, `video`, `embed`, `json`, `tools`. */
  readonly capabilities?: readonly string[];
  /** low, medium, medium-high, high, very-high. */
  readonly minExpertise?: string;
  /** Between 0 and 1. */
  readonly minAccuracy?: number;
  /** Most that 1,000 tokens in and 500 out may cost, in billionths of a US dollar. */
  readonly maxCostNanoUsd?: number;
  /** Billions of parameters. */
  readonly minSize?: number;
  /** Billions of parameters. */
  readonly maxSize?: number;
  readonly provider?: string;
  readonly domain?: string;
  readonly prefer?: "speed" | "latency";
  /** Why a model is wanted; recorded, never interpreted (L132). */
  readonly reason?: string;
  /** Tokens that must fit into the context window. */
  readonly contextTokens?: number;
  /** Levels of expertise, one of which it must have. */
  readonly expertise?: readonly string[];
  readonly maxLatencyMs?: number;
  readonly minTokensPerSecond?: number;
  /** Names that are tried first, where they have the rest. */
  readonly preferred?: readonly string[];
  readonly excluded?: readonly string[];
  /** What is done when nothing fits; absent: the call fails. */
  readonly fallback?: "best_available" | "cheapest";
};

/** Which model to call: names in order (L134), each with what is required (L137); else by requirement, else the registry's choice. */
export type ModelChoice = {
  readonly names: readonly string[];
  readonly requirements?: ModelRequirements;
};

/** The form that an answer is asked for (L139). */
export type AnswerForm =
  | { readonly kind: "text" }
  | { readonly kind: "json" }
  /** `schemaJson` is a JSON Schema; a provider without structured output is not told it. */
  | {
      readonly kind: "schema";
      readonly name: string;
      readonly schemaJson: string;
      /** The provider is asked to hold the model to it. */
      readonly strict: boolean;
    };

/** One logical call of a model. */
export type ModelCall = {
  /** Run, step path, attempt and call number: a second call with the same id gets the recorded answer (I11). */
  readonly callId: string;
  readonly namespace: string;
  readonly timeoutMs: number;
  /** W3C trace context of the step; empty for none. */
  readonly traceparent: string;
  readonly choice: ModelChoice;
  readonly messages: readonly ChatMessage[];
  /** 0 for the model's own limit. */
  readonly maxTokens: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly stop?: readonly string[];
  readonly seed?: number;
  readonly form?: AnswerForm;
  readonly tools?: readonly OfferedTool[];
  /** A model whose estimate is higher is not called (L143). */
  readonly maxCostNanoUsd?: number;
};

/** What a model said. */
export type ModelAnswer = {
  readonly kind: "answer";
  readonly text: string;
  readonly model: string;
  readonly provider: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Billionths of a US dollar; undefined when the model has no configured price. */
  readonly costNanoUsd: number | undefined;
  readonly latencyMs: number;
  /** `stop`, `length`, … */
  readonly finishReason: string;
  /** True when an earlier call with the same id was answered. */
  readonly recorded: boolean;
  /** Why this model, and what alias or fallback led to it (L135). */
  readonly choiceReason: string;
  /** Tools that it wants called before it answers (L142). */
  readonly toolCalls?: readonly ToolCall[];
};

/** Codes of L103 that a model call may fail with. */
export type ModelFailureCode =
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
export type ModelFailure = {
  readonly kind: "failure";
  readonly code: ModelFailureCode;
  readonly message: string;
  readonly retryAfterMs: number | undefined;
  /** Status of the provider's HTTP answer, where there was one. */
  readonly httpStatus: number | undefined;
  /** True when the provider may have worked, and charged, all the same. */
  readonly inDoubt: boolean;
};

/** The model that a call would go to. */
export type SelectedModel = {
  readonly kind: "selected";
  /** `provider/name`. */
  readonly model: string;
  readonly reason: string;
  /** Most that such a call would cost at any candidate; undefined when no price is known. */
  readonly estimateNanoUsd: number | undefined;
};

/** What a selection is asked for. */
export type ModelQuestion = {
  readonly choice: ModelChoice;
  /** Tokens that would be sent, and received at most. */
  readonly inputTokens: number;
  readonly outputTokens: number;
};

/** The models of the mesh, as a run sees them. */
export interface Models {
  /** Says which model would be called, and what that would cost, without calling it. */
  select(question: ModelQuestion, signal: AbortSignal): Promise<SelectedModel | ModelFailure>;

  /**
   * Calls a model once per call id. Trouble with the transport is hidden until the call's time is over, since a call
   * may be sent again. Rejects with the signal's reason when that aborts; the call is cancelled then.
   */
  generate(call: ModelCall, signal: AbortSignal): Promise<ModelAnswer | ModelFailure>;
}
