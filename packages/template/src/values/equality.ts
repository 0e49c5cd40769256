import { overLimit } from "../failure.ts";
import { DateTime } from "./date-time.ts";
import { isList, isMapping, isUndefined, resolved } from "./kinds.ts";
import { DEEPEST } from "./text-form.ts";
import type { Mapping, Value } from "./value.ts";

/** Whether two values are equal: by content, never across types (L63); absent equals only `none` (L2). */
export function areEqual(a: Value, b: Value): boolean {
  return equal(a, b, 0);
}

function equal(a: Value, b: Value, depth: number): boolean {
  if (depth > DEEPEST) throw overLimit(`data nested deeper than ${DEEPEST}`);
  const left = comparable(a);
  const right = comparable(b);
  if (left === right) return true;
  if (isList(left)) return isList(right) && equalLists(left, right, depth);
  if (left instanceof DateTime) return right instanceof DateTime && left.epochMs === right.epochMs;
  return isMapping(left) && isMapping(right) && equalMappings(left, right, depth);
}

function comparable(value: Value): Exclude<ReturnType<typeof resolved>, symbol> {
  const used = resolved(value);
  return isUndefined(used) ? null : used;
}

function equalLists(a: readonly Value[], b: readonly Value[], depth: number): boolean {
  return (
    a.length === b.length && a.every((item, index) => equal(item, b[index] ?? null, depth + 1))
  );
}

function equalMappings(a: Mapping, b: Mapping, depth: number): boolean {
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every(
    (key) => Object.hasOwn(b, key) && equal(a[key] ?? null, b[key] ?? null, depth + 1),
  );
}
