import type { Json } from "@orchestrator/template";

import { booleanOf, cellText } from "../data-processing/cell.ts";
import type { Violation } from "./schema-validator.ts";

/** A value that was read as another type (L199). */
export type Coercion = { readonly path: string; readonly from: Json; readonly to: Json };

/** The coercion that a violation calls for; undefined when none would help. */
export function coercionFor({
  validator,
  validatorValue,
  instance,
  path,
}: Violation): Coercion | undefined {
  if (validator !== "type") {
    return undefined;
  }
  const wanted = Array.isArray(validatorValue) ? validatorValue : [validatorValue];
  for (const type of wanted) {
    const to = typeof type === "string" ? coerced(instance, type) : undefined;
    if (to !== undefined) {
      return { path, from: instance, to };
    }
  }
  return undefined;
}

/** A value with what a JSON pointer names replaced. */
export function replacedAt(value: Json, pointer: string, replacement: Json): Json {
  const steps = pointer.split("/").slice(1).map(unescaped);
  return replaced(value, steps, replacement);
}

function coerced(instance: Json, type: string): Json | undefined {
  if (typeof instance === "string") {
    return textAs(instance.trim(), type);
  }
  const isScalar = typeof instance === "number" || typeof instance === "boolean";
  return isScalar && type === "string" ? cellText(instance) : undefined;
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

function textAs(text: string, type: string): Json | undefined {
  if (type === "boolean") {
    return booleanOf(text);
  }
  const number = NUMBER.test(text) ? Number(text) : undefined;
  if (number === undefined || !Number.isFinite(number)) {
    return undefined;
  }
  const isWanted = type === "number" || (type === "integer" && Number.isInteger(number));
  return isWanted ? number : undefined;
}

function replaced(value: Json, steps: readonly string[], replacement: Json): Json {
  const [step, ...rest] = steps;
  if (step === undefined || typeof value !== "object" || value === null) {
    return replacement;
  }
  if (Array.isArray(value)) {
    return value.map((each: Json, i) =>
      String(i) === step ? replaced(each, rest, replacement) : each,
    );
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      key === step ? replaced(each, rest, replacement) : each,
    ]),
  );
}

function unescaped(step: string): string {
  return step.replaceAll("~1", "/").replaceAll("~0", "~");
}
