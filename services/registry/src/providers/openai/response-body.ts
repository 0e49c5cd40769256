import type { ChatCompletion, ChatCompletionChunk } from "openai/resources/chat/completions";

import type { ProviderAnswer } from "../../provider.ts";
import { field, parseJson } from "./json.ts";

type Usage = ProviderAnswer["usage"];

/** What one event of a streamed answer adds; `error` is there when the server gave up within the stream. */
export type Part = {
  readonly text: string;
  readonly finishReason: string | undefined;
  readonly usage: Usage;
  readonly error: unknown;
};

/** Reads a whole answer; undefined when it is not one. */
export function answerFromBody(body: string): ProviderAnswer | undefined {
  const completion = parseJson(body);
  const choice = firstChoice(completion);
  if (choice === undefined) return undefined;
  const message = field(choice, "message" satisfies keyof ChatCompletion.Choice);
  const text = textOf(field(message, "content")) ?? textOf(field(message, "refusal"));
  if (text === undefined) return undefined;
  return {
    kind: "answer",
    text,
    usage: usageOf(completion),
    finishReason: finishReasonOf(choice) ?? "stop",
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
