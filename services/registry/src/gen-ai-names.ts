// Names of OpenTelemetry's semantic conventions for generative AI, which are still in development: kept in this one file.

export const GEN_AI = {
  operation: "gen_ai.operation.name",
  provider: "gen_ai.provider.name",
  requestModel: "gen_ai.request.model",
  requestMaxTokens: "gen_ai.request.max_tokens",
  requestTemperature: "gen_ai.request.temperature",
  finishReasons: "gen_ai.response.finish_reasons",
  inputTokens: "gen_ai.usage.input_tokens",
  outputTokens: "gen_ai.usage.output_tokens",
  errorType: "error.type",
  httpStatus: "http.response.status_code",
} as const;

/** The one operation of this service. */
export const CHAT = "chat";
