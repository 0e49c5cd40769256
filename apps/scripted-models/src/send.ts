import type { ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

import type { Answer } from "./answer.ts";
import type { ChatRequest } from "./chat-request.ts";

/** Sends a JSON body, or breaks the connection in the middle of it. */
export function sendPlain(
  response: ServerResponse,
  body: unknown,
  { isCut }: { readonly isCut: boolean } = { isCut: false },
): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.setHeader("content-type", "application/json");
  response.setHeader("content-length", bytes.length);
  if (!isCut) {
    response.end(bytes);
    return;
  }
  response.write(bytes.subarray(0, bytes.length >> 1), () => response.destroy());
}

/** Sends an answer as server-sent events, or breaks the connection in the middle of them. */
export async function sendStream(
  response: ServerResponse,
  options: {
    readonly asked: ChatRequest;
    readonly answer: Answer;
    readonly isCut: boolean;
    readonly partDelayMs: number;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { asked, answer, isCut, partDelayMs, signal } = options;
  response.setHeader("content-type", "text/event-stream");
  const parts = partsOf(answer.text);
  const kept = isCut ? parts.slice(0, parts.length >> 1) : parts;
  const send = (choices: unknown, usage?: unknown): void => {
    const chunk = { id: "chatcmpl-scripted", object: "chat.completion.chunk", created: 0 };
    response.write(`data: ${JSON.stringify({ ...chunk, model: asked.model, choices, usage })}\n\n`);
  };
  send([{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null }]);
  const calls = completionCalls(answer);
  if (calls.length > 0) {
    const tool_calls = calls.map((call, index) => Object.assign({ index }, call));
    send([{ index: 0, delta: { tool_calls }, finish_reason: null }]);
  }
  for (const content of kept) {
    if (partDelayMs > 0) await delay(partDelayMs, undefined, { signal });
    if (signal.aborted) return;
    send([{ index: 0, delta: { content }, finish_reason: null }]);
  }
  if (isCut) {
    response.write(": cut\n\n", () => response.destroy());
    return;
  }
  send([{ index: 0, delta: {}, finish_reason: answer.finishReason }]);
  if (asked.includeUsage) {
    const { promptTokens, completionTokens } = answer;
    send([], {
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      total_tokens: promptTokens + completionTokens,
    });
  }
  response.end("data: [DONE]\n\n");
}

/** Calls of functions as a completion holds them. */
export function completionCalls({ toolCalls }: Answer): readonly object[] {
  return toolCalls.map((call, at) => ({
    id: `call_scripted_${at + 1}`,
    type: "function",
    function: { name: call.name, arguments: JSON.stringify(call.arguments) },
  }));
}

/** Parts of at most twelve characters; one of two code units is never cut. */
function partsOf(text: string): readonly string[] {
  return text.match(/.{1,12}/gsu) ?? [];
}
