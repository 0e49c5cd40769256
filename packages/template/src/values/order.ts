import { failed } from "../failure.ts";
import { DateTime } from "./date-time.ts";
import { areEqual, type Counter } from "./equality.ts";
import { isList, resolved, typeName } from "./kinds.ts";
import { firstDifference, orderedAt } from "./text-form.ts";
import { ABSENT, type Value } from "./value.ts";

const CHARACTERS_PER_OPERATION = 64;

/**
 * Orders two values: negative, zero or positive; null when one is absent, which is ordered before nothing and after
 * nothing (L2). Values of different types have no order (L63).
 */
export function order(a: Value, b: Value, counter: Counter): number | null {
  const left = resolved(a);
  const right = resolved(b);
  if (left === ABSENT || right === ABSENT) return null;
  if (typeof left === "string" && typeof right === "string")
    return orderTexts(left, right, counter);
  if (isList(left) && isList(right)) return orderLists(left, right, counter);
  const [size, other] =
    typeof left === typeof right ? [magnitude(left), magnitude(right)] : [null, null];
  if (size === null || other === null) {
    throw failed(`${typeName(left)} and ${typeName(right)} have no order`);
  }
  return size - other;
}

/** What two texts begin alike with is looked through. */
function orderTexts(a: string, b: string, counter: Counter): number {
  const index = firstDifference(a, b);
  counter.spend(Math.floor(index / CHARACTERS_PER_OPERATION));
  return orderedAt(a, b, index);
}

/** Numbers, booleans and date-times are ordered by a number. */
function magnitude(value: Value): number | null {
  if (value instanceof DateTime) return value.epochMs;
  return typeof value === "number" || typeof value === "boolean" ? Number(value) : null;
}

function orderLists(a: readonly Value[], b: readonly Value[], counter: Counter): number | null {
  counter.spend(1);
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const left = a[index] ?? null;
    const right = b[index] ?? null;
    if (!areEqual(left, right, counter)) return order(left, right, counter);
  }
  return a.length - b.length;
}
