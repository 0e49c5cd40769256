import type { Fit } from "../fit.ts";
import type { AutoQuestion } from "./auto-question.ts";
import { type AutoType, fitAuto } from "./auto-type.ts";

/** What a model is told and asked for the value of an AUTO (L128). */
export function autoPrompt(question: AutoQuestion): {
  readonly system: string;
  readonly user: string;
} {
  const { instance, path, instruction, produces, description, context } = question;
  const hasContext = Object.keys(context).length > 0;
  const user = [
    instruction === "" ? "Choose the value that fits best." : instruction,
    "",
    `Field: ${instance === "" ? path : `${instance}.${path}`}`,
    ...(produces === null ? [] : [`What the step produces: ${produces}`]),
    ...(description === null ? [] : [`What the step is for: ${description}`]),
    ...(hasContext ? [`Results so far, as JSON: ${JSON.stringify(context)}`] : []),
    ...formLines(question),
  ].join("\n");
  return { system: SYSTEM, user };
}

/** What a model is told of an answer that cannot be used (L128). */
export function autoRepair(problem: string): string {
  return `That answer cannot be used: the value ${problem}. Answer again, with the corrected value and nothing else.`;
}

/** Reads an answer: quotes and one code fence around it are dropped, then it is checked (L128). */
export function readAutoAnswer(text: string, wanted: AutoType): Fit {
  return fitAuto(unwrapped(text), wanted);
}

const SYSTEM =
  "You decide one value of a running pipeline. Answer with that value and nothing else: no explanation, no quotes around it.";

function unwrapped(text: string): string {
  const fenced = /^```[^\n`]*\n([\s\S]*?)\n?```$/.exec(text.trim());
  const inner = (fenced?.[1] ?? text).trim();
  const quoted = /^(["'`])([\s\S]*)\1$/.exec(inner);
  const [, quote = "", content = ""] = quoted ?? [];
  return quoted !== null && !content.includes(quote) ? content : inner;
}

function formLines({ type, min, max, choices }: AutoType): readonly string[] {
  const bounds = boundsIn(min, max);
  const lines = [`Type: ${TYPE_WORDS[type.kind]}${bounds === "" ? "" : `, ${bounds}`}`];
  const values = choices ?? (type.kind === "enum" ? type.values : undefined);
  return values === undefined ? lines : [...lines, `One of: ${JSON.stringify(values)}`];
}

function boundsIn(min: number | undefined, max: number | undefined): string {
  if (min !== undefined && max !== undefined) {
    return `from ${min} to ${max}`;
  }
  if (min !== undefined) {
    return `at least ${min}`;
  }
  return max === undefined ? "" : `at most ${max}`;
}

const TYPE_WORDS: Readonly<Record<AutoType["type"]["kind"], string>> = {
  string: "text",
  any: "text",
  path: "text, a relative path of a file",
  file: "text, a relative path of a file",
  model: "text, the name of a model",
  integer: "integer",
  number: "number",
  boolean: "boolean (true or false)",
  array: "array (a JSON array)",
  object: "object (a JSON object)",
  duration: "text, a duration such as 30s or 5m",
  condition: "boolean (true or false)",
  enum: "text",
};
