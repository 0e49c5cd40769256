import {
  createBudget,
  evaluateRow,
  type Json,
  jsonOf,
  parseJsonText,
  parseRowExpression,
  textOf,
  type Value,
} from "@orchestrator/template";

import type { FieldType } from "./catalogue.ts";
import { durationMs } from "./duration.ts";

/** A value in the type of its field, or why it has none. */
export type Fit =
  | { readonly kind: "fits"; readonly value: Json }
  | { readonly kind: "misfit"; readonly message: string };

/** Fit a rendered value to the type that its field declares (L8). `null` is for the caller: not given, or missing. */
export function fit(value: Value, type: FieldType): Fit {
  return type.kind === "enum"
    ? member(jsonOf(value), type.values)
    : FITTERS[type.kind](jsonOf(value), value);
}

type Fitter = (json: Json, value: Value) => Fit;

const FITTERS: Readonly<Record<Exclude<FieldType["kind"], "enum">, Fitter>> = {
  any: fits,
  model: fits,
  string: text,
  path: text,
  file: text,
  integer: (json) => number(json, Number.isInteger, "an integer"),
  number: (json) => number(json, Number.isFinite, "a number"),
  boolean,
  array,
  object,
  duration,
  condition,
};

function text(_json: Json, value: Value): Fit {
  return fits(textOf(value));
}

function duration(value: Json): Fit {
  return durationMs(value) === undefined
    ? misfit(value, "a duration: seconds, or text such as 2s or PT5M")
    : fits(value);
}

function condition(value: Json): Fit {
  return typeof value === "object" && value !== null ? misfit(value, "a condition") : fits(value);
}

function fits(value: Json): Fit {
  return { kind: "fits", value };
}

const SHOWN_CHARACTERS = 60;

function misfit(value: Json, expected: string): Fit {
  const text = JSON.stringify(value);
  const shown = text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
  return { kind: "misfit", message: `must be ${expected}, not ${shown}` };
}

const NUMBER = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/;

function number(value: Json, accepts: (read: number) => boolean, expected: string): Fit {
  const read = typeof value === "string" && NUMBER.test(value.trim()) ? Number(value) : value;
  return typeof read === "number" && accepts(read) ? fits(read) : misfit(value, expected);
}

const TRUE_WORDS = new Set(["true", "yes", "on", "1"]);
const FALSE_WORDS = new Set(["false", "no", "off", "0"]);

function boolean(value: Json): Fit {
  const word =
    typeof value === "string" || typeof value === "number"
      ? String(value).trim().toLowerCase()
      : "";
  if (value === true || TRUE_WORDS.has(word)) {
    return fits(true);
  }
  return value === false || FALSE_WORDS.has(word) ? fits(false) : misfit(value, "true or false");
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function array(value: Json): Fit {
  if (isList(value)) {
    return fits(value);
  }
  if (typeof value === "object") {
    return misfit(value, "a list");
  }
  if (typeof value !== "string") {
    return fits([value]);
  }
  const text = value.trim();
  if (text.startsWith("[")) {
    const list = parseJsonText(text) ?? expressionText(text);
    return list !== undefined && isList(list) ? fits(list) : misfit(value, "a list");
  }
  return text.includes("\n") || text === "" ? misfit(value, "a list") : fits([value]);
}

function object(value: Json): Fit {
  const read = typeof value === "string" ? parseJsonText(value) : value;
  return typeof read === "object" && read !== null && !isList(read)
    ? fits(read)
    : misfit(value, "an object");
}

function member(value: Json, values: readonly string[]): Fit {
  const text = typeof value === "object" ? undefined : String(value).trim().toLowerCase();
  const found = values.find((each) => each.toLowerCase() === text);
  return found === undefined ? misfit(value, `one of ${values.join(", ")}`) : fits(found);
}

/** A list as an expression writes it: `['a', 'b']`. */
function expressionText(text: string): Json | undefined {
  const parsed = parseRowExpression(text);
  if (parsed.kind === "refused") {
    return undefined;
  }
  const rendered = evaluateRow(parsed.value, {}, createBudget());
  return rendered.kind === "value" ? jsonOf(rendered.value) : undefined;
}
