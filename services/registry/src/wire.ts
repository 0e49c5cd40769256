import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  AnswerForm as WireForm,
  GenerateRequest,
  GenerateResponseSchema,
  ModelCall as WireCall,
  ModelChoice as WireChoice,
  ModelMessage as WireMessage,
  ModelRequirements as WireRequirements,
  ModelSchema,
  OfferedTool as WireTool,
} from "@orchestrator/proto/registry/v1/registry_pb";

import type { FrameIn, FrameOut } from "./call-stream.ts";
import {
  type Answer,
  type AnswerForm,
  type ChatMessage,
  type Choice,
  failure,
  type Failure,
  type ModelCall,
  type OfferedTool,
  type Requirements,
} from "./call.ts";
import { parseJson } from "./json.ts";
import { LIMITS } from "./limits.ts";
import { fullName, type Model } from "./model.ts";

/** Reads a frame of a caller. A call that is malformed becomes its own failure; the others are not its concern. */
export function frameFromWire({ calls, cancelled, windows }: GenerateRequest): FrameIn {
  return {
    calls: calls.map((call) => ({ key: call.key, call: callFromWire(call) })),
    cancelled,
    windows,
  };
}

/** Gives a frame its shape on the wire. */
export function wireFromFrame({
  deltas,
  answers,
  failures,
}: FrameOut): MessageInitShape<typeof GenerateResponseSchema> {
  return {
    deltas: [...deltas],
    answers: answers.map(({ key, answer }) => wireFromAnswer(key, answer)),
    failures: failures.map(({ key, failure }) => wireFromFailure(key, failure)),
  };
}

/** Reads what to choose by; absent means that nothing is asked for. */
export function choiceFromWire(choice: WireChoice | undefined): Choice {
  const requirements = choice?.requirements;
  return {
    names: choice?.names ?? [],
    requirements: requirements === undefined ? undefined : requirementsFromWire(requirements),
  };
}

/** Gives a model its shape on the wire. */
export function wireFromModel(
  model: Model,
  aliases: ReadonlyMap<string, string>,
): MessageInitShape<typeof ModelSchema> {
  const full = fullName(model);
  return {
    name: model.name,
    provider: model.provider,
    capabilities: [...(model.capabilities ?? ["text"])],
    contextTokens: BigInt(model.contextTokens ?? 0),
    expertise: model.expertise ?? "",
    size: model.size ?? 0,
    accuracy: model.accuracy ?? 0,
    inputNanoUsdPerMtok: BigInt(model.price?.inputNanoPerMtok ?? 0),
    outputNanoUsdPerMtok: BigInt(model.price?.outputNanoPerMtok ?? 0),
    aliases: [...aliases].filter(([, target]) => target === full).map(([alias]) => alias),
  };
}

function callFromWire(call: WireCall): ModelCall | Failure {
  const messages = call.messages.flatMap((message) => messageFromWire(message) ?? []);
  const tools = call.tools.flatMap((tool) => toolFromWire(tool) ?? []);
  const form = call.form === undefined ? undefined : formFromWire(call.form);
  if (!isName(call.callId) || call.namespace.length > MAX_NAME) {
    return failure("MODEL_ERROR", "the call needs an id of 1 to 512 printable characters");
  }
  if (messages.length === 0 || messages.length < call.messages.length) {
    return failure(
      "MODEL_ERROR",
      "the call needs messages of the roles system, user, assistant or tool",
    );
  }
  if (form === "malformed") return failure("MODEL_ERROR", "the form's schema is no JSON object");
  if (tools.length < call.tools.length) {
    return failure("MODEL_ERROR", "a tool's parameters are no JSON Schema");
  }
  const timeoutMs = call.timeoutMs === 0 ? LIMITS.defaultTimeoutMs : call.timeoutMs;
  return {
    namespace: call.namespace,
    callId: call.callId,
    timeoutMs: Math.min(timeoutMs, LIMITS.maxTimeoutMs),
    traceparent: call.traceparent,
    choice: choiceFromWire(call.choice),
    stream: call.stream,
    ...(call.maxCostNanoUsd === undefined ? {} : { maxCostNanoUsd: Number(call.maxCostNanoUsd) }),
    prompt: {
      messages,
      maxTokens: call.maxTokens,
      temperature: call.temperature,
      topP: call.topP,
      stop: call.stop,
      seed: call.seed === undefined ? undefined : Number(call.seed),
      form,
      ...(tools.length === 0 ? {} : { tools }),
    },
  };
}

const MAX_NAME = 512;

/** PostgreSQL takes no character zero, and nobody needs the others. */
function isName(id: string): boolean {
  return id.length > 0 && id.length <= MAX_NAME && !/\p{Cc}/u.test(id);
}

function messageFromWire({
  role,
  content,
  toolCalls,
  toolCallId,
}: WireMessage): ChatMessage | undefined {
  switch (role) {
    case "system":
    case "user":
      return { role, content };
    case "tool":
      return { role, content, toolCallId };
    case "assistant":
      return { role, content, ...(toolCalls.length === 0 ? {} : { toolCalls }) };
    default:
      return undefined;
  }
}

function toolFromWire({ name, description, parametersJson }: WireTool): OfferedTool | undefined {
  const parameters = parseJson(parametersJson);
  return isSchema(parameters) ? { name, description, parameters } : undefined;
}

function formFromWire({ name, schemaJson, strict }: WireForm): AnswerForm | "malformed" {
  if (schemaJson === "") return { name, schema: undefined, strict };
  const schema = parseJson(schemaJson);
  return isSchema(schema) ? { name, schema, strict } : "malformed";
}

function isSchema(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

function requirementsFromWire(wanted: WireRequirements): Requirements {
  const { maxCostNanoUsd } = wanted;
  return {
    capabilities: wanted.capabilities,
    minExpertise: given(wanted.minExpertise),
    minAccuracy: wanted.minAccuracy,
    maxCostNanoUsd: maxCostNanoUsd === undefined ? undefined : Number(maxCostNanoUsd),
    minSize: wanted.minSize,
    maxSize: wanted.maxSize,
    provider: given(wanted.provider),
    domain: given(wanted.domain),
    prefer: given(wanted.prefer),
    contextTokens: Number(wanted.contextTokens),
    expertise: wanted.expertise,
    maxLatencyMs: wanted.maxLatencyMs,
    minTokensPerSecond: wanted.minTokensPerSecond,
    preferred: wanted.preferred,
    excluded: wanted.excluded,
    fallback: FALLBACKS.find((known) => known === wanted.fallback),
  };
}

const FALLBACKS = ["best_available", "cheapest"] as const;

function given(text: string): string | undefined {
  return text === "" ? undefined : text;
}

function wireFromAnswer(key: number, answer: Answer) {
  const { text, model, provider, latencyMs, finishReason, recorded, choiceReason } = answer;
  return {
    key,
    text,
    model,
    provider,
    inputTokens: BigInt(answer.inputTokens),
    outputTokens: BigInt(answer.outputTokens),
    costNanoUsd: BigInt(answer.costNanoUsd ?? 0),
    costUnknown: answer.costNanoUsd === undefined,
    latencyMs,
    finishReason,
    recorded,
    choiceReason,
    toolCalls: [...(answer.toolCalls ?? [])],
  };
}

function wireFromFailure(key: number, failed: Failure) {
  const { code, message, retryAfterMs, httpStatus, inDoubt } = failed;
  return {
    key,
    code,
    message,
    retryAfterMs: Math.ceil(retryAfterMs ?? 0),
    httpStatus: httpStatus ?? 0,
    inDoubt,
  };
}
