import { createBudget } from "../budget.ts";
import { evaluate, type Verdict } from "../conditions/evaluate.ts";
import { parseCondition } from "../conditions/parse.ts";
import type { Environment, Host, Rendered } from "../evaluate/environment.ts";
import { render } from "../evaluate/render.ts";
import { failed } from "../failure.ts";
import type { TemplateLimits } from "../limits.ts";
import { type ParseOptions, parseTemplate } from "../parse/template.ts";
import type { ProblemCode, TemplateProblem } from "../problem.ts";
import { DateTime } from "../values/date-time.ts";
import { textOf } from "../values/text-form.ts";
import { ABSENT, type Mapping, MISSING, type Value } from "../values/value.ts";
import type { View } from "../values/view.ts";

/** 2026-01-15T14:30:45Z. */
export const NOW = new DateTime(Date.UTC(2026, 0, 15, 14, 30, 45));

const HOST: Host = {
  now: () => NOW,
  call: (name, args) => {
    if (name === "file_exists") return args[0] === "there.txt";
    if (name === "include_file") return `text of ${textOf(args[0] ?? null)} with {{ braces }}`;
    throw failed(`${name} is not there`);
  },
};

/** An environment in which these names are bound. */
export function environmentOf(data: Mapping, limits: Partial<TemplateLimits> = {}): Environment {
  return {
    scope: { lookup: (name) => (Object.hasOwn(data, name) ? data[name] : undefined) },
    host: HOST,
    budget: createBudget(limits),
    names: () => Object.keys(data),
  };
}

/** Renders a template that must parse. */
export function rendered(source: string, data: Mapping = {}, options: ParseOptions = {}): Rendered {
  const parsed = parseTemplate(source, options);
  if (parsed.kind === "refused") throw new Error(JSON.stringify(parsed.problems));
  return render(parsed.value, environmentOf(data));
}

/** The value of a template that must render. */
export function valueOf(source: string, data: Mapping = {}, options: ParseOptions = {}): Value {
  const result = rendered(source, data, options);
  if (result.kind !== "value") throw new Error(JSON.stringify(result));
  return result.value;
}

/** The text of a template that must render. */
export function outputOf(source: string, data: Mapping = {}): string {
  return textOf(valueOf(source, data));
}

/** How rendering failed: its code, or the expressions that are unresolved. */
export function failureOf(
  source: string,
  data: Mapping = {},
  limits: Partial<TemplateLimits> = {},
): string | readonly string[] {
  const parsed = parseTemplate(source);
  if (parsed.kind === "refused") throw new Error(JSON.stringify(parsed.problems));
  const result = render(parsed.value, environmentOf(data, limits));
  if (result.kind === "value") throw new Error(`rendered ${textOf(result.value)}`);
  if (result.kind === "failed") return result.code;
  return result.references.map(({ expression }) => expression);
}

/** Why a template was refused. */
export function problemsOf(source: string, options: ParseOptions = {}): readonly TemplateProblem[] {
  const parsed = parseTemplate(source, options);
  if (parsed.kind === "parsed") throw new Error(`parsed: ${source}`);
  return parsed.problems;
}

/** The codes of the problems of a template. */
export function codesOf(source: string, options: ParseOptions = {}): readonly ProblemCode[] {
  return problemsOf(source, options).map(({ code }) => code);
}

/** The verdict of a condition that must parse; the message when it fails. */
export function verdictOf(source: string | boolean, data: Mapping = {}): boolean | string {
  const verdict = judged(source, data);
  return verdict.kind === "verdict" ? verdict.verdict : verdict.message;
}

function judged(source: string | boolean, data: Mapping): Verdict {
  const parsed = parseCondition(source);
  if (parsed.kind === "refused") throw new Error(JSON.stringify(parsed.problems));
  return evaluate(parsed.value, environmentOf(data));
}

/** A step that ended with a result, or without. */
export function stepView(status: string, result?: Value): View {
  const succeeded = status === "completed" || status === "recovered";
  return {
    kind: "view",
    status,
    defined: result !== undefined,
    value: () => (result === undefined ? ABSENT : result),
    field: (name) => fieldOf(name, { status, succeeded, result }),
    truth: () => succeeded && result !== false && result !== null && result !== "",
  };
}

type Step = {
  readonly status: string;
  readonly succeeded: boolean;
  readonly result: Value | undefined;
};

function fieldOf(name: string, { status, succeeded, result }: Step): Value {
  if (name === "status") return status;
  if (name === "success") return succeeded;
  if (result === undefined) return ABSENT;
  if (name === "result") return result;
  const isObject = typeof result === "object" && result !== null && !Array.isArray(result);
  const entry = isObject ? Object.entries(result).find(([key]) => key === name) : undefined;
  return entry === undefined ? MISSING : entry[1];
}
