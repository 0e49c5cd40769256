import type { Json } from "@orchestrator/template";

import type { FieldType } from "../catalogue.ts";
import { fit } from "../fit.ts";
import { openSchema } from "../json-schema.ts";
import { matches } from "../pattern.ts";
import type { InputChecks, InputDeclaration } from "../plan.ts";

/** A value as an input takes it, or everything that is wrong with it. */
export type Accepted =
  | { readonly kind: "accepted"; readonly value: Json }
  | { readonly kind: "refused"; readonly problems: readonly string[] };

/** Coerce and check a value for an input (L24). */
export function acceptValue(
  value: Json,
  { type, checks }: Pick<InputDeclaration, "type" | "checks">,
): Accepted {
  const coerced = coerce(value, type);
  if (coerced.kind === "misfit") {
    return { kind: "refused", problems: [coerced.message] };
  }
  const chosen = chosenValue(coerced.value, checks.oneOf);
  if (chosen.kind === "misfit") {
    return { kind: "refused", problems: [chosen.message] };
  }
  const problems = problemsOf(chosen.value, checks);
  return problems.length === 0
    ? { kind: "accepted", value: chosen.value }
    : { kind: "refused", problems };
}

type Coerced =
  | { readonly kind: "fits"; readonly value: Json }
  | { readonly kind: "misfit"; readonly message: string };

/** L8, but a number or boolean is not made a string, nor a scalar an array (L24). */
function coerce(value: Json, type: FieldType): Coerced {
  const isText = typeof value === "string";
  if ((type.kind === "string" || type.kind === "file") && !isText) {
    return { kind: "misfit", message: `must be text, not ${JSON.stringify(value)}` };
  }
  const isScalar = typeof value !== "object";
  if (type.kind === "array" && isScalar && !(isText && value.trim().startsWith("["))) {
    return { kind: "misfit", message: `must be a list, not ${JSON.stringify(value)}` };
  }
  return fit(value, type);
}

/** One of the values; texts are compared trimmed and without case (L8). */
function chosenValue(value: Json, oneOf: readonly Json[] | undefined): Coerced {
  if (oneOf === undefined) {
    return { kind: "fits", value };
  }
  const key = choiceKey(value);
  const found = oneOf.find((each) => choiceKey(each) === key);
  return found === undefined
    ? {
        kind: "misfit",
        message: `must be one of ${oneOf.map((each) => JSON.stringify(each)).join(", ")}, not ${JSON.stringify(value)}`,
      }
    : { kind: "fits", value: found };
}

function choiceKey(value: Json): string {
  return typeof value === "string" ? value.trim().toLowerCase() : JSON.stringify(value);
}

function problemsOf(value: Json, checks: InputChecks): string[] {
  const size = Array.isArray(value) ? value.length : 0;
  return [
    ...(typeof value === "number"
      ? outside(value, { min: checks.min, max: checks.max, what: "" })
      : []),
    ...(typeof value === "string"
      ? outside(Array.from(value).length, {
          min: checks.minLength,
          max: checks.maxLength,
          what: " characters long",
        })
      : []),
    ...(Array.isArray(value)
      ? outside(size, { min: checks.minItems, max: checks.maxItems, what: " items long" })
      : []),
    ...patternProblems(value, checks.pattern),
    ...itemProblems(value, checks.itemType),
    ...schemaProblems(value, checks.schema),
  ];
}

function outside(
  value: number,
  { min, max, what }: { min: number | undefined; max: number | undefined; what: string },
): string[] {
  return [
    ...(min !== undefined && value < min ? [`must be at least ${min}${what}, not ${value}`] : []),
    ...(max !== undefined && value > max ? [`must be at most ${max}${what}, not ${value}`] : []),
  ];
}

function patternProblems(value: Json, pattern: string | undefined): string[] {
  return pattern === undefined || typeof value !== "string" || matches(value, pattern)
    ? []
    : [`must match ${pattern}, not ${JSON.stringify(value)}`];
}

function itemProblems(value: Json, itemType: FieldType | undefined): string[] {
  if (itemType === undefined || !Array.isArray(value)) {
    return [];
  }
  return value.flatMap((item: Json, i) => {
    const coerced = coerce(item, itemType);
    return coerced.kind === "fits" ? [] : [`item ${i} ${coerced.message}`];
  });
}

function schemaProblems(value: Json, schema: Json | undefined): readonly string[] {
  if (schema === undefined) {
    return [];
  }
  const opened = openSchema(schema);
  return opened.kind === "schema" ? opened.problems(value) : [opened.message];
}
