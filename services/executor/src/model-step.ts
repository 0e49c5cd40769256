import {
  type AnswerForm as WantedForm,
  answerForm,
  type JsonObject,
  type ModelUsage,
  type PlanStep,
  type StepError,
  stepError,
} from "@orchestrator/pipeline";
import { type Json, textOf } from "@orchestrator/template";

import type { AnswerForm, ChatMessage, ModelAnswer, ModelCall, ModelFailure } from "./models.ts";

/** A call as its step asks for it, but for its name and its place. */
export type AskedOf = Pick<
  ModelCall,
  "messages" | "maxTokens" | "temperature" | "topP" | "stop" | "seed" | "form"
>;

/** What a model step wants, made of its parameters; an error when they do not make a call. */
export type AskedStep =
  | { readonly kind: "asked"; readonly asked: AskedOf; readonly wanted: WantedForm }
  | { readonly kind: "failed"; readonly error: StepError };

/** Makes the call of a model step from its parameters (L138, L139, L185). */
export function askedOf(
  { operation, produces }: Pick<PlanStep, "operation" | "produces">,
  parameters: JsonObject,
): AskedStep {
  const spoken = messagesOf(operation, parameters);
  if (typeof spoken === "string") {
    return { kind: "failed", error: stepError("PARAMETER_INVALID", spoken) };
  }
  const { stop, response_format: format, schema } = parameters;
  const wanted = answerForm({ format, schema });
  if (wanted.kind === "refused") {
    return { kind: "failed", error: stepError("PARAMETER_INVALID", wanted.message) };
  }
  const messages = [...instructionFor(wanted), ...wantedKind(operation, produces), ...spoken];
  const maxTokens =
    numberOf(parameters["max_tokens"]) ?? (operation === "analyze_text" ? 2000 : 1000);
  const topP = numberOf(parameters["top_p"]);
  const seed = numberOf(parameters["seed"]);
  return {
    kind: "asked",
    wanted,
    asked: {
      messages,
      maxTokens,
      temperature: numberOf(parameters["temperature"]) ?? (operation === AUTO_ACTION ? 0 : 0.7),
      ...(topP === undefined ? {} : { topP }),
      ...(seed === undefined ? {} : { seed }),
      ...(isList(stop) ? { stop: stop.map((each) => textOf(each)) } : {}),
      ...formOf(wanted),
    },
  };
}

/** The action that an AUTO in `action` is (L133). */
const AUTO_ACTION = "auto";

/** L133: an AUTO as action is told what is to come out. */
function wantedKind(operation: string, produces: string | null): readonly ChatMessage[] {
  return operation !== AUTO_ACTION || produces === null
    ? []
    : [
        {
          role: "system",
          content: `What is wanted: ${produces}. Answer with that and nothing else.`,
        },
      ];
}

/** Said in words too: not every provider holds a model to a form, and some refuse to unless the words say so as well. */
function instructionFor(wanted: WantedForm): readonly ChatMessage[] {
  switch (wanted.kind) {
    case "text":
      return [];
    case "object":
      return [{ role: "system", content: "Answer with a JSON object and nothing else." }];
    case "schema": {
      const schema = JSON.stringify(wanted.schema);
      const content = `Answer with JSON and nothing else. It must fit this JSON Schema: ${schema}`;
      return [{ role: "system", content }];
    }
  }
}

function formOf(wanted: WantedForm): { readonly form?: AnswerForm } {
  switch (wanted.kind) {
    case "text":
      return {};
    case "object":
      return { form: { kind: "json" } };
    case "schema": {
      const { name, strict } = wanted;
      return {
        form: { kind: "schema", name, strict, schemaJson: JSON.stringify(wanted.schema) },
      };
    }
  }
}

/** L143. A model without a configured price costs nothing that could be recorded. */
export function usageOf(answer: ModelAnswer): ModelUsage {
  const { model, provider, inputTokens, outputTokens, costNanoUsd = 0, choiceReason } = answer;
  const choice = choiceReason === "" ? {} : { choice: choiceReason };
  return { model, provider, inputTokens, outputTokens, costNanoUsd, ...choice };
}

/** The failure of a step whose call had no answer. */
export function errorFrom({ code, message, retryAfterMs, httpStatus }: ModelFailure): StepError {
  return stepError(code, message, {
    ...(httpStatus === undefined ? {} : { status: httpStatus }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(code === "TIMEOUT" ? { timedOut: true } : {}),
  });
}

const ROLES = ["system", "user", "assistant"] as const;

/** The conversation, or what is wrong with it. */
function messagesOf(operation: string, parameters: JsonObject): readonly ChatMessage[] | string {
  const { messages, system } = parameters;
  const before: ChatMessage[] =
    system === undefined ? [] : [{ role: "system", content: textOf(system) }];
  if (!isList(messages)) {
    const content = questionOf(operation, parameters);
    return content === "" ? "the prompt is empty" : [...before, { role: "user", content }];
  }
  const given = messages.map(messageFrom);
  const wrong = given.find((message) => typeof message === "string");
  return wrong ?? [...before, ...given.filter((message) => typeof message !== "string")];
}

function messageFrom(message: Json, index: number): ChatMessage | string {
  if (!isObject(message)) {
    return `messages[${index}] must be an object with role and content`;
  }
  const role = ROLES.find((each) => each === message["role"]);
  return role === undefined
    ? `messages[${index}].role must be system, user or assistant`
    : { role, content: textOf(message["content"] ?? "") };
}

/** What the user says: prompt, then text; what kind of analysis or language is wanted stands before (L185). */
function questionOf(operation: string, parameters: JsonObject): string {
  const { prompt, text, analysis_type: analysis, language } = parameters;
  const parts = [prompt, text].flatMap((part) => (part === undefined ? [] : [textOf(part)]));
  if (parts.every((part) => part === "")) {
    return "";
  }
  if (operation === "analyze_text" && analysis !== undefined) {
    parts.unshift(`Analysis: ${textOf(analysis)}`);
  }
  if (operation === "generate_code" && language !== undefined) {
    parts.unshift(`Write ${textOf(language)} code. Answer with the code only.`);
  }
  return parts.join("\n\n");
}

function numberOf(value: Json | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
