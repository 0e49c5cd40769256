import type { ChatMessage, Prompt, ToolCall } from "./call.ts";
import { field, parseJson } from "./json.ts";
import type { Model } from "./model.ts";
import type { ProviderAnswer } from "./provider.ts";

/** Whether a model is known to call tools; one of which that is not known is spoken to by the protocol (L142). */
export function hasTools({ capabilities = [] }: Model): boolean {
  return capabilities.includes("tools");
}

/** Says in words what tools there are and how to call them, for a model that knows no tool calls. */
export function promptByProtocol(prompt: Prompt): Prompt {
  const { tools = [], ...rest } = prompt;
  const offered = tools.map(({ name, description, parameters }) =>
    JSON.stringify({ name, description, parameters }),
  );
  const content = [
    "You may call tools. To call some, answer with only this JSON and nothing else:",
    '{"tool_calls": [{"name": "<tool>", "arguments": {…}}]}',
    "You are told what came of them, and may call more. When you need none, answer as you were asked to.",
    "The tools, each with the JSON Schema of its arguments:",
    ...offered,
  ].join("\n");
  // A form would forbid the calls; whoever asked checks the answer himself.
  return {
    ...rest,
    form: undefined,
    messages: [{ role: "system", content }, ...prompt.messages.map(spelled)],
  };
}

/** Reads calls out of an answer that was asked for by the protocol. */
export function answerByProtocol(answer: ProviderAnswer): ProviderAnswer {
  const calls = callsIn(answer.text);
  return calls.length === 0
    ? answer
    : { ...answer, text: "", finishReason: "tool_calls", toolCalls: calls };
}

/** The conversation in words: calls and results of tools are messages like others. */
function spelled(message: ChatMessage): ChatMessage {
  if (message.role === "tool") {
    return { role: "user", content: `Result of ${message.toolCallId}: ${message.content}` };
  }
  if (message.role !== "assistant" || message.toolCalls === undefined) {
    return message;
  }
  const calls = message.toolCalls.map(
    ({ name, argumentsJson }) => `{"name": ${JSON.stringify(name)}, "arguments": ${argumentsJson}}`,
  );
  return { role: "assistant", content: `{"tool_calls": [${calls.join(", ")}]}` };
}

const MAX_CALLS = 64;

function callsIn(text: string): readonly ToolCall[] {
  const fenced = /^```[^\n`]*\n([\s\S]*?)\n?```$/.exec(text.trim());
  const value = parseJson(fenced?.[1] ?? text);
  const calls = field(value, "tool_calls");
  if (!Array.isArray(calls)) return [];
  return calls.slice(0, MAX_CALLS).flatMap((call: unknown, at): ToolCall[] => {
    const name = field(call, "name");
    if (typeof name !== "string") return [];
    const given = field(call, "arguments") ?? {};
    return [{ id: `call_${at + 1}`, name, argumentsJson: JSON.stringify(given) }];
  });
}
