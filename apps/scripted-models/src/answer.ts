import { createHash } from "node:crypto";

import type { ChatRequest } from "./chat-request.ts";
import type { RequestKind } from "./request-kind.ts";
import { instanceOf } from "./schema-instance.ts";

/** A whole answer, with what it would be billed for. */
export type Answer = {
  readonly text: string;
  readonly finishReason: "stop" | "length" | "tool_calls";
  readonly toolCalls: readonly AnswerCall[];
  readonly promptTokens: number;
  readonly completionTokens: number;
};

/** A function that an answer wants called. */
export type AnswerCall = { readonly name: string; readonly arguments: unknown };

/** Answers a request by its kind: the same request gets the same answer, and nothing of its content is recognised. */
export function answerOf(request: ChatRequest, kind: RequestKind): Answer {
  const prompt = request.messages.map(({ content }) => content).join("\n");
  if (kind.name === "tools") {
    const seed = seedOf(prompt);
    const tool = kind.tools[seed % kind.tools.length];
    const call = { name: tool?.name ?? "", arguments: instanceOf(tool?.parameters, seed) };
    return calling(request, [call]);
  }
  return cut(request, textFor(kind, prompt));
}

/** An answer that wants functions called. */
export function calling(request: ChatRequest, toolCalls: readonly AnswerCall[]): Answer {
  const counted = cut(request, JSON.stringify(toolCalls));
  return { ...counted, text: "", finishReason: "tool_calls", toolCalls };
}

/** The answer that a script wants, cut and counted as any other. */
export function cut(request: ChatRequest, text: string): Answer {
  const stopAt = request.stop.map((stop) => text.indexOf(stop)).filter((at) => at >= 0);
  const stopped = stopAt.length === 0 ? text : text.slice(0, Math.min(...stopAt));
  const most = (request.maxTokens ?? Number.POSITIVE_INFINITY) * CHARS_PER_TOKEN;
  const kept = stopped.slice(0, Math.min(most, stopped.length));
  const prompt = request.messages.reduce((sum, { content }) => sum + content.length, 0);
  return {
    text: kept,
    toolCalls: [],
    finishReason: kept.length < stopped.length ? "length" : "stop",
    promptTokens: Math.ceil(prompt / CHARS_PER_TOKEN),
    completionTokens: Math.ceil(kept.length / CHARS_PER_TOKEN),
  };
}

const CHARS_PER_TOKEN = 4;

function seedOf(prompt: string): number {
  return createHash("sha256").update(prompt).digest().readUInt32BE(0);
}

function textFor(kind: Exclude<RequestKind, { name: "tools" }>, prompt: string): string {
  const seed = seedOf(prompt);
  switch (kind.name) {
    case "schema":
      return JSON.stringify(instanceOf(kind.schema, seed));
    case "object":
      return JSON.stringify({ summary: prose(prompt, seed), length: prompt.length });
    case "choice":
      return kind.choices[seed % kind.choices.length] ?? "";
    case "boolean":
      return kind.words[seed % 2] ?? "";
    case "number":
      return String(numberIn(kind, seed));
    case "list":
      return JSON.stringify([
        `item ${seed % 10}`,
        `item ${(seed % 10) + 1}`,
        `item ${(seed % 10) + 2}`,
      ]);
    case "code":
      return codeIn(kind.language, seed);
    case "text":
      return prose(prompt, seed);
  }
}

function numberIn(kind: Extract<RequestKind, { name: "number" }>, seed: number): number {
  const { min, max, whole } = kind;
  if (whole) return Math.floor(min) + (seed % (Math.floor(max) - Math.floor(min) + 1));
  return Number((min + ((max - min) * (seed % 101)) / 100).toFixed(2));
}

function codeIn(language: string, seed: number): string {
  const number = seed % 100;
  switch (language) {
    case "python":
      return `\`\`\`python\ndef answer():\n    return ${number}\n\n\nprint(answer())\n\`\`\``;
    case "sql":
      return `\`\`\`sql\nselect ${number} as answer;\n\`\`\``;
    case "bash":
    case "shell":
      return `\`\`\`bash\necho ${number}\n\`\`\``;
    default:
      return `\`\`\`${language}\nfunction answer() {\n  return ${number};\n}\n\`\`\``;
  }
}

const OPENINGS = [
  "The material holds together well.",
  "Three points stand out.",
  "The main idea is clear.",
  "The evidence supports the claim in most places.",
];
const CLOSINGS = [
  "More detail would help.",
  "The next step is to check the figures.",
  "Nothing in it contradicts the rest.",
  "A short summary should be enough.",
];

function prose(prompt: string, seed: number): string {
  const opening = OPENINGS[seed % OPENINGS.length];
  const closing = CLOSINGS[(seed >>> 8) % CLOSINGS.length];
  return `${opening} The request had ${prompt.length} characters and the mark ${seed.toString(16).padStart(8, "0")}. ${closing}`;
}
