import { parse, stringify } from "yaml";

import type { Json, Value } from "../values/value.ts";

/** The value of a YAML 1.2 text, core schema; undefined when it is none or holds what JSON cannot. */
export function readYaml(text: string): Value | undefined {
  try {
    const value: unknown = parse(text, {
      schema: "core",
      maxAliasCount: 100,
      // Looking for them takes quadratic time; the last one counts, as in a document (L11).
      uniqueKeys: false,
      logLevel: "error",
    });
    return jsonFrom(value);
  } catch {
    // What does not parse is an answer here, not an error.
    return undefined;
  }
}

/** A value as YAML, key order kept. */
export function writeYaml(value: Json): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}

function jsonFrom(value: unknown): Json | undefined {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (Array.isArray(value)) return allOf(value.map((item) => jsonFrom(item)));
  if (typeof value !== "object") return undefined;
  const entries = Object.entries(value).map(([key, item]) => [key, jsonFrom(item)] as const);
  const known = entries.filter((entry): entry is readonly [string, Json] => entry[1] !== undefined);
  return known.length === entries.length ? Object.fromEntries(known) : undefined;
}

function allOf(items: readonly (Json | undefined)[]): Json | undefined {
  const known = items.filter((item) => item !== undefined);
  return known.length === items.length ? known : undefined;
}
