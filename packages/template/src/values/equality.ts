import { overLimit } from "../failure.ts";
import { DateTime } from "./date-time.ts";
import { isList, isMapping, isUndefined, resolved } from "./kinds.ts";
import { DEEPEST } from "./text-form.ts";
import type { Mapping, Value } from "./value.ts";

/** Counts the work of a comparison. */
export type Counter = { spend(operations: number): void };

/** Whether two values are equal: by content, never across types (L63); absent equals only `none` (L2). */
export function areEqual(a: Value, b: Value, counter: Counter): boolean {
  return equal(a, b, { counter, depth: 0 });
}

type Walk = { readonly counter: Counter; readonly depth: number };

function equal(a: Value, b: Value, walk: Walk): boolean {
  const left = comparable(a);
  const right = comparable(b);
  if (typeof left === "string") return right === left && counted(left, walk);
  if (left === right) return true;
  if (isList(left)) return isList(right) && equalLists(left, right, deeper(walk));
  if (left instanceof DateTime) return right instanceof DateTime && left.epochMs === right.epochMs;
  return isMapping(left) && isMapping(right) && equalMappings(left, right, deeper(walk));
}

const CHARACTERS_PER_OPERATION = 1_024;

/** Equal texts were looked through to their end. */
function counted(text: string, { counter }: Walk): true {
  if (text.length >= CHARACTERS_PER_OPERATION)
    counter.spend(Math.floor(text.length / CHARACTERS_PER_OPERATION));
  return true;
}

/** Every pair of containers counts: shared parts may be met very often. */
function deeper({ counter, depth }: Walk): Walk {
  if (depth > DEEPEST) throw overLimit(`data nested deeper than ${DEEPEST}`);
  counter.spend(1);
  return { counter, depth: depth + 1 };
}

function comparable(value: Value): Exclude<ReturnType<typeof resolved>, symbol> {
  const used = resolved(value);
  return isUndefined(used) ? null : used;
}

function equalLists(a: readonly Value[], b: readonly Value[], walk: Walk): boolean {
  return a.length === b.length && a.every((item, index) => equal(item, b[index] ?? null, walk));
}

function equalMappings(a: Mapping, b: Mapping, walk: Walk): boolean {
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && equal(a[key] ?? null, b[key] ?? null, walk));
}
