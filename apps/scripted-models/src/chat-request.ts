/** One message of a request. */
export type AskedMessage = { readonly role: string; readonly content: string };

/** What a chat request asks for: the part of the OpenAI dialect that this server reads. */
export type ChatRequest = {
  readonly model: string;
  readonly messages: readonly AskedMessage[];
  readonly stream: boolean;
  readonly includeUsage: boolean;
  readonly maxTokens: number | undefined;
  readonly stop: readonly string[];
  /** `text`, `json_object`, or the schema that the answer is to fit. */
  readonly form: "text" | "json_object" | { readonly schema: unknown };
  /** Functions that may be called instead of answering. */
  readonly tools: readonly AskedTool[];
};

/** A function that a request offers. */
export type AskedTool = { readonly name: string; readonly parameters: unknown };

/** Reads a body of `POST /chat/completions`; a text says what is wrong with it. */
export function parseChatRequest(body: unknown): ChatRequest | string {
  if (!isRecord(body)) return "the body must be a JSON object";
  const { model, messages } = body;
  if (typeof model !== "string" || model === "") return "you must provide a model parameter";
  if (!Array.isArray(messages) || messages.length === 0) return "messages must be a list";
  const asked = messages.map((message: unknown) => parseMessage(message));
  const maxTokens = body["max_completion_tokens"] ?? body["max_tokens"];
  const options = body["stream_options"];
  return {
    model,
    messages: asked,
    stream: body["stream"] === true,
    includeUsage: isRecord(options) && options["include_usage"] === true,
    maxTokens: typeof maxTokens === "number" ? maxTokens : undefined,
    stop: textsOf(body["stop"]),
    form: parseForm(body["response_format"]),
    tools: parseTools(body["tools"]),
  };
}

/** Whether a value is a JSON object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseMessage(message: unknown): AskedMessage {
  if (!isRecord(message)) return { role: "user", content: "" };
  const { role, content } = message;
  return { role: typeof role === "string" ? role : "user", content: textOf(content) };
}

function parseTools(tools: unknown): readonly AskedTool[] {
  if (!Array.isArray(tools)) return [];
  return tools.flatMap((tool: unknown): AskedTool[] => {
    const described = isRecord(tool) ? tool["function"] : undefined;
    if (!isRecord(described) || typeof described["name"] !== "string") return [];
    return [{ name: described["name"], parameters: described["parameters"] ?? {} }];
  });
}

function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content
    .map((part: unknown) =>
      isRecord(part) && typeof part["text"] === "string" ? part["text"] : "",
    )
    .join("\n");
}

function textsOf(stop: unknown): string[] {
  if (typeof stop === "string") return [stop];
  if (!Array.isArray(stop)) return [];
  return stop.filter((text: unknown) => typeof text === "string");
}

function parseForm(format: unknown): ChatRequest["form"] {
  if (!isRecord(format)) return "text";
  if (format["type"] === "json_object") return "json_object";
  const described = format["json_schema"];
  if (format["type"] === "json_schema" && isRecord(described)) {
    return { schema: described["schema"] };
  }
  return "text";
}
