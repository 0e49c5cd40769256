import type { ChatMessage } from "./call.ts";

/**
 * Estimates the tokens of a conversation: a tokenizer per model would cost more than the call's whole bookkeeping.
 * English has about four bytes a token; the estimate is for admission only, what is billed comes from the provider.
 */
export function estimateTokens(messages: readonly ChatMessage[]): number {
  return messages.reduce((sum, { content }) => sum + TOKENS_PER_MESSAGE + tokensOfText(content), 0);
}

/** Estimates the tokens of a text. */
export function tokensOfText(text: string): number {
  return Math.ceil(text.length / CHARS_PER_TOKEN);
}

const CHARS_PER_TOKEN = 4;
const TOKENS_PER_MESSAGE = 4;
