import { bytes, int, optional, text } from "@orchestrator/postgres";

import type { Answer, ToolCall } from "../call.ts";

/** The columns that an answer is read from, of a table by its alias. */
export function ANSWER_COLUMNS(table: string): string {
  return [
    "answer",
    "model",
    "provider",
    "input_tokens",
    "output_tokens",
    "cost_nano_usd",
    "latency_ms",
    "finish_reason",
    "choice_reason",
    "tool_calls",
  ]
    .map((column) => `${table}.${column}`)
    .join(", ");
}

/** Reads an answer from those columns. */
export function answerFromColumns(columns: readonly unknown[]): Answer {
  const [said, model, provider, inputTokens, outputTokens, cost, latency, finish, reason, calls] =
    columns;
  return {
    kind: "answer",
    text: decoder.decode(bytes(said)),
    model: text(model),
    provider: text(provider),
    inputTokens: int(inputTokens),
    outputTokens: int(outputTokens),
    costNanoUsd: optional(cost, int),
    latencyMs: int(latency),
    finishReason: text(finish),
    choiceReason: text(reason),
    recorded: true,
    ...toolCallsFrom(optional(calls, text)),
  };
}

function toolCallsFrom(json: string | undefined): Pick<Answer, "toolCalls"> {
  if (json === undefined) return {};
  const toolCalls: readonly ToolCall[] = JSON.parse(json);
  return { toolCalls };
}

const decoder = new TextDecoder();
