import type { Json } from "@orchestrator/template";

import type { FieldType } from "../catalogue.ts";

const SYNONYMS: Readonly<Record<string, FieldType>> = {
  string: { kind: "string" },
  text: { kind: "string" },
  str: { kind: "string" },
  integer: { kind: "integer" },
  int: { kind: "integer" },
  number: { kind: "number" },
  float: { kind: "number" },
  double: { kind: "number" },
  boolean: { kind: "boolean" },
  bool: { kind: "boolean" },
  array: { kind: "array" },
  list: { kind: "array" },
  object: { kind: "object" },
  dict: { kind: "object" },
  map: { kind: "object" },
  any: { kind: "any" },
  json: { kind: "any" },
  "auto-detect": { kind: "any" },
  file: { kind: "file" },
};

/** Names of types, for suggestions (L7). */
export const TYPE_NAMES: readonly string[] = [
  "string",
  "integer",
  "number",
  "boolean",
  "array",
  "object",
  "any",
  "file",
];

/** The type that a word names (L7). */
export function typeNamed(word: string): FieldType | undefined {
  const name = word.trim().toLowerCase();
  return Object.hasOwn(SYNONYMS, name) ? SYNONYMS[name] : undefined;
}

/** The type of a direct value (L20): any number is a `number`. */
export function typeOfValue(value: Json): FieldType {
  if (value === null) {
    return { kind: "any" };
  }
  if (typeof value === "object") {
    return { kind: Array.isArray(value) ? "array" : "object" };
  }
  if (typeof value === "boolean") {
    return { kind: "boolean" };
  }
  return { kind: typeof value === "string" ? "string" : "number" };
}
