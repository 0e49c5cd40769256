import { overLimit } from "../failure.ts";
import { DateTime } from "./date-time.ts";
import { isList, resolved } from "./kinds.ts";
import { DEEPEST } from "./text-form.ts";
import type { Json, Value } from "./value.ts";

/** A value as JSON: views are their R, undefined is null, a date-time its ISO text. What is JSON already is not copied. */
export function jsonOf(value: Value): Json {
  return convert(value, 0);
}

function convert(value: Value, depth: number): Json {
  if (depth > DEEPEST) throw overLimit(`data nested deeper than ${DEEPEST}`);
  const used = resolved(value);
  if (typeof used === "symbol") return null;
  if (typeof used !== "object" || used === null) return used;
  if (used instanceof DateTime) return used.toString();
  if (isJson(used, depth)) return used;
  if (isList(used)) return used.map((item) => convert(item, depth + 1));
  return Object.fromEntries(
    Object.entries(used).map(([key, item]) => [key, convert(item, depth + 1)]),
  );
}

function isJson(value: Value, depth: number): value is Json {
  if (depth > DEEPEST) return false;
  if (typeof value === "symbol") return false;
  if (typeof value !== "object" || value === null) return true;
  if (isList(value)) return value.every((item) => isJson(item, depth + 1));
  if (value instanceof DateTime || resolved(value) !== value) return false;
  return Object.values(value).every((item) => isJson(item, depth + 1));
}
