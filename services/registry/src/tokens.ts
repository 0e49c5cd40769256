import type { ChatMessage, Prompt } from "./call.ts";

/**
 * Estimates the tokens of a conversation: a tokenizer per model would cost more than the call's whole bookkeeping.
 * English has about four bytes a token; the estimate is for admission only, what is billed comes from the provider.
 */
export function estimateTokens(messages: readonly ChatMessage[]): number {
  return messages.reduce((sum, message) => {
    const calls = message.role === "assistant" ? (message.toolCalls ?? []) : [];
    const called = calls.reduce(
      (all, call) => all + tokensOfText(call.name + call.argumentsJson),
      0,
    );
    return sum + TOKENS_PER_MESSAGE + tokensOfText(message.content) + called;
  }, 0);
}

/** Estimates the tokens of all that is said to a model, the tools that it is offered included. */
export function estimatePrompt({ messages, tools = [] }: Prompt): number {
  const offered = tools.reduce((sum, tool) => sum + tokensOfText(JSON.stringify(tool)), 0);
  return estimateTokens(messages) + offered;
}

/** Estimates the tokens of a text. */
export function tokensOfText(text: string): number {
  return Math.ceil(text.length / CHARS_PER_TOKEN);
}

const CHARS_PER_TOKEN = 4;
const TOKENS_PER_MESSAGE = 4;
