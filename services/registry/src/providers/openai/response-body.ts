import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionMessage,
} from "openai/resources/chat/completions";

import type { ToolCall } from "../../call.ts";
import { field, parseJson } from "../../json.ts";
import type { ProviderAnswer } from "../../provider.ts";

type Usage = ProviderAnswer["usage"];

/** What one event of a streamed answer adds; `error` is there when the server gave up within the stream. */
export type Part = {
  readonly text: string;
  readonly finishReason: string | undefined;
  readonly usage: Usage;
  readonly error: unknown;
  /** Parts of tool calls: the first of each names it, the others go on with its arguments. */
  readonly toolCalls: readonly (ToolCall & { readonly index: number })[];
};

/** Reads a whole answer; undefined when it is not one. */
export function answerFromBody(body: string): ProviderAnswer | undefined {
  const completion = parseJson(body);
  const choice = firstChoice(completion);
  if (choice === undefined) return undefined;
  const message = field(choice, "message" satisfies keyof ChatCompletion.Choice);
  const toolCalls = toolCallsOf(message);
  const text = textOf(field(message, "content")) ?? textOf(field(message, "refusal"));
  if (text === undefined && toolCalls.length === 0) return undefined;
  return {
    kind: "answer",
    text: text ?? "",
    usage: usageOf(completion),
    finishReason: finishReasonOf(choice) ?? "stop",
    ...(toolCalls.length === 0 ? {} : { toolCalls }),
  };
}

/** Reads one event of a streamed answer; undefined when it is none. */
export function partFromEvent(data: string): Part | undefined {
  const chunk = parseJson(data);
  if (typeof chunk !== "object" || chunk === null) return undefined;
  const choice = firstChoice(chunk);
  const delta = field(choice, "delta" satisfies keyof ChatCompletionChunk.Choice);
  return {
    text: textOf(field(delta, "content")) ?? "",
    finishReason: finishReasonOf(choice),
    usage: usageOf(chunk),
    error: field(chunk, "error") ?? undefined,
    toolCalls: toolCallParts(delta),
  };
}

/** The names in the answer to `GET /models`; undefined when it is none. */
export function modelNames(body: string): readonly string[] | undefined {
  const data = field(parseJson(body), "data");
  if (!Array.isArray(data)) return undefined;
  return data
    .map((model: unknown) => field(model, "id"))
    .filter((id) => typeof id === "string")
    .slice(0, MAX_MODELS);
}

const MAX_MODELS = 2_000;
/** Calls of tools that one answer may hold; more are left out, and the model is not told of any result. */
const MAX_TOOL_CALLS = 64;

function toolCallsOf(message: unknown): readonly ToolCall[] {
  return namedCalls(toolCallParts(message));
}

/** Calls that have a name, each with an id. */
export function namedCalls(calls: readonly ToolCall[]): readonly ToolCall[] {
  return calls
    .filter(({ name }) => name !== "")
    .map(({ id, name, argumentsJson }, at) => ({
      id: id === "" ? `call_${at}` : id,
      name,
      argumentsJson,
    }));
}

function toolCallParts(message: unknown): Part["toolCalls"] {
  const calls = field(message, "tool_calls" satisfies keyof ChatCompletionMessage);
  if (!Array.isArray(calls)) return [];
  return calls.slice(0, MAX_TOOL_CALLS).map((call: unknown, at) => {
    const called = field(call, "function");
    const index = field(call, "index");
    return {
      index: typeof index === "number" ? index : at,
      id: textOf(field(call, "id")) ?? "",
      name: textOf(field(called, "name")) ?? "",
      argumentsJson: textOf(field(called, "arguments")) ?? "",
    };
  });
}

function firstChoice(completion: unknown): unknown {
  const choices = field(completion, "choices" satisfies keyof ChatCompletion);
  return Array.isArray(choices) ? choices[0] : undefined;
}

function finishReasonOf(choice: unknown): string | undefined {
  const reason = field(choice, "finish_reason" satisfies keyof ChatCompletion.Choice);
  // A word for records and labels: nothing that a server makes up may be longer.
  return typeof reason === "string" ? reason.replaceAll(/[^a-z_]/gi, "").slice(0, 32) : undefined;
}

/** Usage comes with the last event, whose choices may be empty or not. */
function usageOf(completion: unknown): Usage {
  const usage = field(completion, "usage" satisfies keyof ChatCompletion);
  const inputTokens = field(usage, "prompt_tokens");
  const outputTokens = field(usage, "completion_tokens");
  return isCount(inputTokens) && isCount(outputTokens) ? { inputTokens, outputTokens } : undefined;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
