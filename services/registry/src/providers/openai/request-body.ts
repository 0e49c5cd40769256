import type {
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionCreateParamsStreaming,
} from "openai/resources/chat/completions";

import type { Prompt } from "../../call.ts";

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
  const { messages, maxTokens, temperature, topP, stop, seed, form } = prompt;
  const body = {
    model,
    messages: messages.map(({ role, content }) => ({ role, content })),
    ...(maxTokens > 0 ? { [dialect.limitName]: maxTokens } : {}),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(stop.length === 0 ? {} : { stop: [...stop] }),
    ...(seed === undefined ? {} : { seed }),
    ...(form === undefined ? {} : { response_format: responseFormat(form) }),
  } satisfies Omit<ChatCompletionCreateParamsNonStreaming, "stream">;
  if (!stream) return JSON.stringify(body);
  return JSON.stringify({
    ...body,
    stream: true,
    stream_options: { include_usage: true },
  } satisfies ChatCompletionCreateParamsStreaming);
}

type ResponseFormat = NonNullable<ChatCompletionCreateParamsNonStreaming["response_format"]>;

function responseFormat({ name, schema }: NonNullable<Prompt["form"]>): ResponseFormat {
  if (typeof schema !== "object" || schema === null) return { type: "json_object" };
  return {
    type: "json_schema",
    json_schema: { name: schemaName(name), schema: { ...schema } },
  };
}

/** Servers take letters, digits, `_` and `-`, and at most 64 of them. */
function schemaName(name: string): string {
  const plain = name.replaceAll(/[^A-Za-z0-9_-]/g, "_").slice(0, 64);
  return plain === "" ? "answer" : plain;
}
