/** What the language says of a code of failure (L103, L81). */
export type FailureSpec = {
  readonly type: string;
  /** What handlers and `retry_on` match beside code and type. */
  readonly supertypes: readonly string[];
  /** Never retried (⊘) when false. */
  readonly retried: boolean;
  /** The action ran and says no: the step completes without success (L81). */
  readonly reported: boolean;
};

const PERMISSION = ["PermissionError"];
const VALUE = ["ValueError"];
const VALIDATION = ["ValidationError", "ValueError"];
const MODEL = ["ModelError"];
const TOOL = ["ToolError"];
const AMBIGUITY = ["AmbiguityResolutionError"];
const API = ["APIError", "NetworkError", "ConnectionError"];

/** Every code of failure with its type, supertypes, and whether it may be retried (L103). */
export const FAILURE_CODES = {
  TEMPLATE_UNRESOLVED: final("UnresolvedTemplateError"),
  TEMPLATE_ERROR: final("TemplateError", VALUE),
  TEMPLATE_LIMIT: final("TemplateLimitError", ["ResourceLimitError"]),
  CONDITION_ERROR: final("ConditionError"),
  PARAMETER_INVALID: final("ParameterValidationError", VALIDATION),
  LOOP_SOURCE: final("LoopSourceError", VALUE),
  TEMPLATE_SECURITY: final("SecurityError", PERMISSION),
  PATH_DENIED: final("PathContainmentError", PERMISSION),
  SSRF_BLOCKED: final("SecurityError", PERMISSION),
  SANDBOX_DENIED: final("SandboxError", PERMISSION),
  AUTO_UNRESOLVED: final("AutoUnresolvedError", AMBIGUITY),
  AUTO_INVALID: retried("AutoInvalidError", AMBIGUITY),
  TIMEOUT: retried("TimeoutError"),
  RUN_TIMEOUT: final("TimeoutError"),
  HUMAN_TIMEOUT: final("TimeoutError"),
  SIGNAL_TIMEOUT: final("TimeoutError"),
  ATTEMPT_LOST: retried("AttemptLostError"),
  CANCELLED: final("CancelledError"),
  LIMIT_EXCEEDED: final("ResourceLimitError"),
  RESULT_TOO_LARGE: final("ResourceLimitError"),
  BUDGET_EXCEEDED: final("ResourceLimitError"),
  TOOL_ERROR: reported("ToolExecutionError", TOOL),
  TOOL_NOT_CONFIGURED: {
    ...reported("ToolNotConfiguredError", ["ConfigurationError", ...TOOL]),
    retried: false,
  },
  PROCESS_EXIT: reported("ProcessExitError", TOOL),
  FILE_NOT_FOUND: reported("FileNotFoundError", ["OSError"]),
  DATA_FORMAT: reported("DataFormatError", VALUE),
  ARTIFACT_MISSING: reported("ArtifactMissingError"),
  NETWORK: reported("NetworkError", ["ConnectionError"]),
  HTTP_STATUS: reported("HTTPError", API),
  /** Reported when a tool says so, raised when a model does. */
  RATE_LIMITED: reported("RateLimitError", API),
  /** Reported when a tool says so, raised when a model does. */
  AUTHENTICATION: { ...reported("AuthenticationError", PERMISSION), retried: false },
  MODEL_NOT_FOUND: final("ModelNotFoundError", MODEL),
  NO_ELIGIBLE_MODEL: final("NoEligibleModelsError", MODEL),
  MODEL_FORBIDDEN: final("ModelForbiddenError", MODEL),
  MODEL_CONTEXT_EXCEEDED: final("ModelContextError", MODEL),
  MODEL_ERROR: retried("ModelExecutionError", MODEL),
  STRUCTURED_OUTPUT_INVALID: retried("SchemaValidationError", VALIDATION),
  OUTPUT_SCHEMA: retried("SchemaValidationError", VALIDATION),
  OUTPUT_FAILED: final("OutputError"),
  SUB_PIPELINE_FAILED: reported("SubPipelineError", ["PipelineExecutionError"]),
  RECURSION_LIMIT: final("RecursionLimitError"),
  HUMAN_REJECTED: { ...reported("ApprovalRejectedError"), retried: false },
  HUMAN_UNAVAILABLE: final("HumanUnavailableError"),
  SECRET_NOT_FOUND: final("SecretNotFoundError"),
  COMPENSATION_FAILED: final("CompensationError"),
} as const satisfies Readonly<Record<string, FailureSpec>>;

/** A code of failure. */
export type FailureCode = keyof typeof FAILURE_CODES;

/** Statuses of HTTP that may be retried (L103). */
export function isRetriedStatus(status: number): boolean {
  return [408, 425, 429].includes(status) || (status >= 500 && status < 600);
}

/** Every name that `retry_on` may hold: codes, types and supertypes; a number is a status or an exit code (L90). */
export const FAILURE_NAMES: ReadonlySet<string> = new Set([
  "*",
  ...Object.keys(FAILURE_CODES),
  ...Object.values(FAILURE_CODES).map(({ type }) => type),
  ...Object.values(FAILURE_CODES).flatMap(({ supertypes }) => supertypes),
]);

function final(type: string, supertypes: readonly string[] = []): FailureSpec {
  return { type, supertypes, retried: false, reported: false };
}

function retried(type: string, supertypes: readonly string[] = []): FailureSpec {
  return { type, supertypes, retried: true, reported: false };
}

function reported(type: string, supertypes: readonly string[] = []): FailureSpec {
  return { type, supertypes, retried: true, reported: true };
}
