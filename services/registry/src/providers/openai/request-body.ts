import type {
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionCreateParamsStreaming,
  ChatCompletionMessageParam,
  ChatCompletionTool,
} from "openai/resources/chat/completions";

import type { ChatMessage, OfferedTool, Prompt } from "../../call.ts";

/** How a server's dialect differs. */
export type Dialect = {
  /** OpenAI's own service refuses the older name of the limit for its newer models; others know only that. */
  readonly limitName: "max_tokens" | "max_completion_tokens";
};

/** The body of `POST /chat/completions`. A streamed answer is asked to end with its usage. */
export function requestBody(
  { model, prompt }: { readonly model: string; readonly prompt: Prompt },
  { stream, dialect }: { readonly stream: boolean; readonly dialect: Dialect },
): string {
  const { messages, maxTokens, temperature, topP, stop, seed, form, tools } = prompt;
  const body = {
    model,
    messages: messages.map(messageBody),
    ...(maxTokens > 0 ? { [dialect.limitName]: maxTokens } : {}),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(stop.length === 0 ? {} : { stop: [...stop] }),
    ...(seed === undefined ? {} : { seed }),
    ...(form === undefined ? {} : { response_format: responseFormat(form) }),
    ...(tools === undefined ? {} : { tools: tools.map(toolBody) }),
  } satisfies Omit<ChatCompletionCreateParamsNonStreaming, "stream">;
  if (!stream) return JSON.stringify(body);
  return JSON.stringify({
    ...body,
    stream: true,
    stream_options: { include_usage: true },
  } satisfies ChatCompletionCreateParamsStreaming);
}

function messageBody(message: ChatMessage): ChatCompletionMessageParam {
  switch (message.role) {
    case "system":
    case "user":
      return { role: message.role, content: message.content };
    case "tool":
      return { role: "tool", content: message.content, tool_call_id: message.toolCallId };
    case "assistant": {
      const { content, toolCalls = [] } = message;
      return toolCalls.length === 0
        ? { role: "assistant", content }
        : {
            role: "assistant",
            content: content === "" ? null : content,
            tool_calls: toolCalls.map(({ id, name, argumentsJson }) => ({
              id,
              type: "function" as const,
              function: { name, arguments: argumentsJson },
            })),
          };
    }
  }
}

function toolBody({ name, description, parameters }: OfferedTool): ChatCompletionTool {
  const schema = typeof parameters === "object" && parameters !== null ? { ...parameters } : {};
  return { type: "function", function: { name, description, parameters: schema } };
}

type ResponseFormat = NonNullable<ChatCompletionCreateParamsNonStreaming["response_format"]>;

function responseFormat({ name, schema, strict }: NonNullable<Prompt["form"]>): ResponseFormat {
  if (typeof schema !== "object" || schema === null) return { type: "json_object" };
  return {
    type: "json_schema",
    json_schema: {
      name: schemaName(name),
      schema: { ...schema },
      ...(strict ? { strict: true } : {}),
    },
  };
}

/** Servers take letters, digits, `_` and `-`, and at most 64 of them. */
function schemaName(name: string): string {
  const plain = name.replaceAll(/[^A-Za-z0-9_-]/g, "_").slice(0, 64);
  return plain === "" ? "answer" : plain;
}
