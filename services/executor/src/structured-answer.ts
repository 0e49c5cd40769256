import { type AnswerForm, openSchema, type PlanStep } from "@orchestrator/pipeline";
import type { Json } from "@orchestrator/template";

import type { ModelAnswer } from "./models.ts";

/** R, or what is wrong with an answer that was to have a form (L140). */
export type ReadAnswer =
  | { readonly kind: "result"; readonly result: Json }
  | { readonly kind: "misfit"; readonly problems: readonly string[] };

/** Reads an answer in the form that was wanted (L138–L141, L185). */
export function readAnswer(
  { operation }: PlanStep,
  { answer, wanted, trim }: { answer: ModelAnswer; wanted: AnswerForm; trim: boolean },
): ReadAnswer {
  if (wanted.kind !== "text") {
    return structured(operation, { answer, wanted });
  }
  const text = trim ? answer.text.trim() : answer.text;
  switch (operation) {
    case "generate_code":
      return { kind: "result", result: withoutFence(text) };
    case "analyze_text":
      return { kind: "result", result: parsedWhole(text) ?? text };
    default:
      return { kind: "result", result: text };
  }
}

/** The text inside the code fence that is all of an answer; else the answer. */
export function withoutFence(answer: string): string {
  const match = /^```[^\n`]*\n([\s\S]*?)\n?```$/.exec(answer.trim());
  return match?.[1] ?? answer;
}

const MAX_PROBLEMS = 10;

function structured(
  operation: string,
  { answer, wanted }: { answer: ModelAnswer; wanted: Exclude<AnswerForm, { kind: "text" }> },
): ReadAnswer {
  const value = parsed(withoutFence(answer.text).trim());
  if (value === undefined) {
    const why = answer.finishReason === "length" ? ": it was cut off at max_tokens" : "";
    return { kind: "misfit", problems: [`the answer is not JSON${why}`] };
  }
  const mustBeObject = wanted.kind === "object" || operation === "generate_structured";
  if (mustBeObject && !isObject(value)) {
    return { kind: "misfit", problems: ["the answer must be a JSON object"] };
  }
  const opened = wanted.kind === "object" ? undefined : openSchema(wanted.schema);
  const problems = opened?.kind === "schema" ? opened.problems(value) : [];
  return problems.length === 0
    ? { kind: "result", result: value }
    : { kind: "misfit", problems: problems.slice(0, MAX_PROBLEMS) };
}

/** The value, when the whole answer is one JSON object or array (L141). */
function parsedWhole(answer: string): Json | undefined {
  return /^\s*[[{]/.test(answer) ? parsed(answer) : undefined;
}

function parsed(text: string): Json | undefined {
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch {
    // Models are not held to JSON by everybody: what is none is said to be none.
    return undefined;
  }
}

function isObject(value: Json): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
