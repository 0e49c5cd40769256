import { DateTime } from "./date-time.ts";
import { ABSENT, type Mapping, MISSING, type Undefined, type Value } from "./value.ts";
import type { View } from "./view.ts";

/** Whether a value is one of the two kinds of undefined. */
export function isUndefined(value: Value): value is Undefined {
  return value === MISSING || value === ABSENT;
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** A view has functions, which data never has: a mapping with a key `kind` is not one. */
export function isView(value: Value): value is View {
  return (
    typeof value === "object" &&
    value !== null &&
    "kind" in value &&
    value.kind === "view" &&
    typeof value.value === "function"
  );
}

export function isMapping(value: Value): value is Mapping {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof DateTime) &&
    !isView(value)
  );
}

/** What a value is when it is used: a view is its R (L71). */
export function resolved(value: Value): Exclude<Value, View> {
  let result = value;
  while (isView(result)) result = result.value();
  return result;
}

/** The name of a value's type, for messages. */
export function typeName(value: Value): string {
  if (value === null) return "null";
  if (value === MISSING) return "missing";
  if (value === ABSENT) return "absent";
  if (isList(value)) return "array";
  if (value instanceof DateTime) return "date-time";
  if (isView(value)) return "step";
  return typeof value === "object" ? "object" : typeof value;
}

const SHOWN = 100;

/** A value for messages: scalars as they are, containers by their type. */
export function shown(value: Value): string {
  if (typeof value === "string") return `"${value.slice(0, SHOWN)}"`;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : typeName(value);
}
