import { Pool } from "undici";

import type { ToolCall } from "../../call.ts";
import { LIMITS } from "../../limits.ts";
import type { AttemptOptions, Provider, ProviderAnswer, ProviderError } from "../../provider.ts";
import { bodyText, eventData, TooLarge } from "./body.ts";
import { errorFromResponse, errorFromStream, errorFromThrown, malformed } from "./error-class.ts";
import { requestBody } from "./request-body.ts";
import {
  answerFromBody,
  modelNames,
  namedCalls,
  type Part,
  partFromEvent,
} from "./response-body.ts";

export type OpenAiProviderOptions = {
  readonly name: string;
  /** Such as `https://api.openai.com/v1`. */
  readonly baseUrl: string;
  /** Sent as a bearer token; undefined for a server that wants none. */
  readonly apiKey: string | undefined;
};

/** A server of the OpenAI dialect, called over undici, since the SDK costs ten times the processor time of the call. */
export class OpenAiProvider implements Provider {
  readonly name: string;
  readonly #pool: Pool;
  readonly #path: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #limitName: "max_tokens" | "max_completion_tokens";

  constructor({ name, baseUrl, apiKey }: OpenAiProviderOptions) {
    const url = new URL(baseUrl);
    this.name = name;
    this.#path = url.pathname.replace(/\/+$/, "");
    this.#pool = new Pool(url.origin, {
      connections: LIMITS.requestsPerProvider,
      connect: { timeout: CONNECT_MS },
      // The call's own deadline decides; these catch a server that forgets a call without any.
      headersTimeout: LIMITS.maxTimeoutMs,
      bodyTimeout: SILENCE_MS,
    });
    this.#headers = {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "user-agent": "orchestrator",
      ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
    };
    this.#limitName = url.hostname === "api.openai.com" ? "max_completion_tokens" : "max_tokens";
  }

  async generate(
    request: Parameters<Provider["generate"]>[0],
    { signal, onText, traceparent = "" }: AttemptOptions,
  ): Promise<ProviderAnswer | ProviderError> {
    try {
      const { statusCode, headers, body } = await this.#pool.request({
        method: "POST",
        path: `${this.#path}/chat/completions`,
        headers: traceparent === "" ? this.#headers : { ...this.#headers, traceparent },
        body: requestBody(request, {
          stream: onText !== undefined,
          dialect: { limitName: this.#limitName },
        }),
        signal,
      });
      if (statusCode >= 300) {
        const text = await bodyText(body, { maxBytes: ERROR_BYTES });
        return errorFromResponse({ status: statusCode, headers, body: text });
      }
      if (onText !== undefined && isEventStream(headers["content-type"])) {
        return await readStream(body, onText);
      }
      const whole = answerFromBody(await bodyText(body, { maxBytes: BODY_BYTES }));
      return whole ?? malformed("the server's answer is no chat completion");
    } catch (thrown) {
      if (thrown instanceof TooLarge) return malformed(thrown.message);
      return errorFromThrown(thrown, signal);
    }
  }

  async listModels(signal: AbortSignal): Promise<readonly string[] | undefined> {
    const { statusCode, body } = await this.#pool.request({
      method: "GET",
      path: `${this.#path}/models`,
      headers: this.#headers,
      signal,
    });
    const text = await bodyText(body, { maxBytes: BODY_BYTES });
    return statusCode === 200 ? modelNames(text) : undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.destroy();
  }
}

const CONNECT_MS = 10_000;
/** Between two pieces of an answer. */
const SILENCE_MS = 120_000;
const ERROR_BYTES = 64 << 10;
/** Escapes make an answer longer on the way: at most six bytes for one. */
const BODY_BYTES = 6 * LIMITS.answerBytes;
/** Each event of a stream wraps a few letters into some hundred bytes. */
const STREAM_BYTES = 64 * LIMITS.answerBytes;

async function readStream(
  body: AsyncIterable<Uint8Array>,
  onText: (text: string) => void,
): Promise<ProviderAnswer | ProviderError> {
  const gathered = new Gathered();
  let finishReason: string | undefined;
  let usage: Part["usage"];
  for await (const data of eventData(body, { maxBytes: STREAM_BYTES })) {
    if (data === "[DONE]") {
      finishReason ??= "stop";
      continue;
    }
    const part = partFromEvent(data);
    if (part === undefined) return malformed("the server's stream holds an event that is no JSON");
    if (part.error !== undefined) return errorFromStream(part.error);
    gathered.add(part);
    if (part.text !== "") onText(part.text);
    finishReason = part.finishReason ?? finishReason;
    usage = part.usage ?? usage;
  }
  // A stream that ends without saying so was broken off: half an answer is none.
  return finishReason === undefined
    ? cutOff()
    : { kind: "answer", ...gathered.whole(), usage, finishReason };
}

/** An answer as its parts come; throws TooLarge. */
class Gathered {
  #text = "";
  #units = 0;
  readonly #calls = new Map<number, ToolCall>();

  add({ text, toolCalls }: Part): void {
    this.#units += text.length;
    for (const { index, ...call } of toolCalls) {
      this.#units += call.name.length + call.argumentsJson.length;
      const known = this.#calls.get(index);
      this.#calls.set(index, known === undefined ? call : joined(known, call));
    }
    if (this.#units > LIMITS.answerBytes) throw new TooLarge(LIMITS.answerBytes);
    this.#text += text;
  }

  whole(): Pick<ProviderAnswer, "text" | "toolCalls"> {
    const toolCalls = namedCalls([...this.#calls.values()]);
    return { text: this.#text, ...(toolCalls.length === 0 ? {} : { toolCalls }) };
  }
}

function joined(known: ToolCall, part: ToolCall): ToolCall {
  return {
    id: known.id === "" ? part.id : known.id,
    name: known.name + part.name,
    argumentsJson: known.argumentsJson + part.argumentsJson,
  };
}

function cutOff(): ProviderError {
  const message = "the server ended the stream before the answer was complete";
  return { kind: "error", class: "network", message, mayHavePaid: true };
}

function isEventStream(contentType: string | readonly string[] | undefined): boolean {
  return String(contentType ?? "").includes("text/event-stream");
}
