import type { ModelCall } from "./models.ts";

const CHARS_PER_TOKEN = 4;
const TOKENS_PER_MESSAGE = 4;

/** A rough count of what a call sends, for choosing a model and for what it may cost: the registry counts the same way. */
export function tokensIn({ messages, tools = [] }: Pick<ModelCall, "messages" | "tools">): number {
  const said = messages.reduce((sum, message) => {
    const calls = message.role === "assistant" ? (message.toolCalls ?? []) : [];
    const called = calls.reduce(
      (all, { name, argumentsJson }) => all + tokensOf(name + argumentsJson),
      0,
    );
    return sum + TOKENS_PER_MESSAGE + tokensOf(message.content) + called;
  }, 0);
  return tools.reduce(
    (sum, tool) => sum + tokensOf(tool.parametersJson + tool.description + tool.name),
    said,
  );
}

function tokensOf(text: string): number {
  return Math.ceil(text.length / CHARS_PER_TOKEN);
}
