import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { text as readText } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";

import { type Answer, answerOf, calling, cut } from "./answer.ts";
import { type ChatRequest, isRecord, parseChatRequest } from "./chat-request.ts";
import { embeddingOf } from "./embedding.ts";
import { kindOf, type RequestKind } from "./request-kind.ts";
import { createScript, type Reply, type Script, type ScriptRule } from "./script.ts";
import { completionCalls, sendPlain, sendStream } from "./send.ts";

/** What a scripted server is told. */
export type ScriptedModelsOptions = {
  /** 127.0.0.1 by default. */
  readonly host?: string;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** Models that it lists and answers for; by default it lists `scripted` and answers for any name. */
  readonly models?: readonly string[];
  /** When given, requests without `Authorization: Bearer <key>` are refused. */
  readonly apiKey?: string;
  readonly script?: readonly ScriptRule[];
  /** How long every answer waits. */
  readonly delayMs?: number;
  /** How long a streamed answer waits before each part. */
  readonly partDelayMs?: number;
  /** Told of every chat request as it comes in, before it is answered. */
  readonly onRequest?: (request: LoggedRequest) => void;
};

/** A chat request that came in, as it was understood. */
export type LoggedRequest = ChatRequest & {
  readonly kind: RequestKind["name"];
  readonly headers: Readonly<Record<string, string>>;
  /** How it went: `answered`, `error`, `cut`, or `left` when the caller went away first. */
  readonly outcome: () => "open" | "answered" | "error" | "cut" | "left";
};

/** A server of the OpenAI dialect without a model behind it. */
export type ScriptedModels = AsyncDisposable & {
  /** To use as the base URL; ends with `/v1`. */
  readonly url: string;
  /** Chat requests in the order in which they came; the oldest of more than 10,000 are dropped. */
  readonly requests: readonly LoggedRequest[];
};

const MAX_LOGGED = 10_000;
const MAX_BODY_BYTES = 16 << 20;

/** Starts a server that answers by kind of request and by script. Disposing ends what is open. */
export async function startScriptedModels(
  options: ScriptedModelsOptions = {},
): Promise<ScriptedModels> {
  const requests: LoggedRequest[] = [];
  const stopping = new AbortController();
  const context: Context = {
    options,
    script: createScript(options.script ?? []),
    log(request) {
      if (requests.length >= MAX_LOGGED) requests.shift();
      requests.push(request);
      options.onRequest?.(request);
    },
    signal: stopping.signal,
  };
  const server = createServer((request, response) => {
    request.socket.setNoDelay(true);
    serve(context, request, response).catch((error: unknown) => {
      if (!stopping.signal.aborted && !response.headersSent && !response.destroyed) {
        sendError(response, { status: 500, message: String(error) });
      }
      response.destroy();
    });
  });
  const host = options.host ?? "127.0.0.1";
  server.listen(options.port ?? 0, host);
  await once(server, "listening");
  return {
    url: `http://${host}:${portOf(server)}/v1`,
    requests,
    async [Symbol.asyncDispose]() {
      stopping.abort();
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

type Context = {
  readonly options: ScriptedModelsOptions;
  readonly script: Script;
  readonly log: (request: LoggedRequest) => void;
  readonly signal: AbortSignal;
};

async function serve(
  context: Context,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { apiKey, models = ["scripted"] } = context.options;
  if (apiKey !== undefined && request.headers.authorization !== `Bearer ${apiKey}`) {
    sendError(response, { status: 401, code: "invalid_api_key", message: "Incorrect API key." });
    return;
  }
  const path = new URL(request.url ?? "/", "http://localhost").pathname;
  if (request.method === "GET" && path === "/v1/models") {
    const data = models.map((id) => ({ id, object: "model", created: 0, owned_by: "scripted" }));
    sendPlain(response, { object: "list", data });
    return;
  }
  const body = request.method === "POST" ? await readJson(request) : undefined;
  if (body !== undefined && path === "/v1/chat/completions") {
    await chat(context, { request, response, body });
  } else if (body !== undefined && path === "/v1/embeddings") {
    sendPlain(response, embeddingOf(body));
  } else {
    sendError(response, { status: 404, message: `No route ${request.method} ${path}.` });
  }
}

type Exchange = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: unknown;
};

async function chat(context: Context, { request, response, body }: Exchange): Promise<void> {
  const asked = parseChatRequest(body);
  if (typeof asked === "string") {
    sendError(response, { status: 400, message: asked });
    return;
  }
  const { models, delayMs = 0 } = context.options;
  if (models !== undefined && !models.includes(asked.model)) {
    const message = `The model \`${asked.model}\` does not exist.`;
    sendError(response, { status: 404, code: "model_not_found", message });
    return;
  }
  const kind = kindOf(asked);
  const reply = context.script.take({ kind: kind.name, model: asked.model });
  context.log({
    ...asked,
    kind: kind.name,
    headers: headersOf(request),
    outcome: outcomeOf(response, reply),
  });
  const left = new AbortController();
  response.once("close", () => left.abort());
  const signal = AbortSignal.any([left.signal, context.signal]);
  await pause(reply.delayMs ?? delayMs, signal);
  if (signal.aborted) return;
  await replyTo(context, { asked, kind, reply, response, signal });
}

type Turn = {
  readonly asked: ChatRequest;
  readonly kind: RequestKind;
  readonly reply: Reply;
  readonly response: ServerResponse;
  readonly signal: AbortSignal;
};

async function replyTo(context: Context, turn: Turn): Promise<void> {
  const { asked, kind, reply, response, signal } = turn;
  if (reply.fault === "hang") {
    await once(signal, "abort");
    return;
  }
  for (const [name, value] of Object.entries(reply.headers ?? {})) response.setHeader(name, value);
  if (reply.status !== undefined && reply.status >= 400) {
    sendError(response, { message: "The script wants an error.", ...reply, status: reply.status });
    return;
  }
  if (reply.fault === "garbage") {
    response.setHeader("content-type", "application/json");
    response.end("{not json");
    return;
  }
  const answer = scripted(asked, reply) ?? answerOf(asked, kind);
  const isCut = reply.fault === "cut";
  if (asked.stream) {
    const partDelayMs = context.options.partDelayMs ?? 0;
    await sendStream(response, { asked, answer, isCut, partDelayMs, signal });
  } else {
    sendPlain(response, completionOf(asked, answer), { isCut });
  }
}

function scripted(asked: ChatRequest, { text, toolCalls }: Reply): Answer | undefined {
  if (toolCalls !== undefined) return calling(asked, toolCalls);
  return text === undefined ? undefined : cut(asked, text);
}

function completionOf(asked: ChatRequest, answer: Answer): unknown {
  const { promptTokens, completionTokens } = answer;
  const calls = completionCalls(answer);
  return {
    id: "chatcmpl-scripted",
    object: "chat.completion",
    created: 0,
    model: asked.model,
    choices: [
      {
        index: 0,
        message:
          calls.length === 0
            ? { role: "assistant", content: answer.text, refusal: null }
            : { role: "assistant", content: null, refusal: null, tool_calls: calls },
        logprobs: null,
        finish_reason: answer.finishReason,
      },
    ],
    usage: {
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      total_tokens: promptTokens + completionTokens,
    },
  };
}

function sendError(
  response: ServerResponse,
  error: { readonly status: number; readonly message: string; readonly code?: string },
): void {
  const { status, message, code = null } = error;
  const type =
    status === 429 ? "rate_limit_error" : status >= 500 ? "server_error" : "invalid_request_error";
  response.statusCode = status;
  sendPlain(response, { error: { message, type, param: null, code } });
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  if (Number(request.headers["content-length"] ?? 0) > MAX_BODY_BYTES) return undefined;
  const text = await readText(request);
  try {
    const body: unknown = JSON.parse(text);
    return isRecord(body) ? body : null;
  } catch {
    return null; // Answered as a body that is no object.
  }
}

function headersOf(request: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
  );
}

function outcomeOf(response: ServerResponse, reply: Reply): LoggedRequest["outcome"] {
  return () => {
    if (reply.fault === "cut" && response.destroyed) return "cut";
    if (response.writableFinished) return response.statusCode >= 400 ? "error" : "answered";
    return response.destroyed ? "left" : "open";
  };
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0) return;
  try {
    await delay(ms, undefined, { signal });
  } catch {
    // The caller left or the server stops; who waits looks at the signal.
  }
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no TCP port is bound");
  return address.port;
}
