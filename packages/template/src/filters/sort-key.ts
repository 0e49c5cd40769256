import type { CallContext } from "../call-context.ts";
import { failed } from "../failure.ts";
import { readPath } from "../values/access.ts";
import { isUndefined, typeName } from "../values/kinds.ts";
import { order } from "../values/order.ts";
import { asFloat } from "../values/rounding.ts";
import { ABSENT, type Value } from "../values/value.ts";

/** What elements are compared by. */
export type Keyed = {
  readonly caseSensitive: boolean;
  /** Dotted path; several ones separated by commas for `sort`. */
  readonly attribute: string | null;
};

/** The key of an element, lower case unless case counts. */
export function sortKey(
  item: Value,
  { caseSensitive, attribute }: Keyed,
  context: CallContext,
): Value {
  const value = context.use(attribute === null ? item : readPath(item, attribute));
  if (typeof value !== "string" || caseSensitive) return value;
  context.budget.read(value.length);
  return value.toLowerCase();
}

/** The keys of an element for an attribute with commas. */
export function sortKeys(item: Value, keyed: Keyed, context: CallContext): readonly Value[] {
  if (keyed.attribute === null) return [sortKey(item, keyed, context)];
  return keyed.attribute
    .split(",")
    .map((attribute) => sortKey(item, { ...keyed, attribute: attribute.trim() }, context));
}

/** Elements in order, equal ones as they stood. */
export function sorted(
  items: readonly Value[],
  { reverse, ...keyed }: Keyed & { readonly reverse: boolean },
  context: CallContext,
): readonly Value[] {
  context.budget.spend(items.length * (1 + Math.ceil(Math.log2(items.length + 1))));
  const direction = reverse ? -1 : 1;
  return items
    .map((item): { item: Value; keys: readonly Value[] } => ({
      item,
      keys: sortKeys(item, keyed, context),
    }))
    .toSorted((a, b) => direction * orderKeys(a.keys, b.keys, context))
    .map(({ item }) => item);
}

function orderKeys(a: readonly Value[], b: readonly Value[], { budget }: CallContext): number {
  for (const [index, key] of a.entries()) {
    const sign = order(key, b[index] ?? null, budget) ?? 0;
    if (sign !== 0) return sign;
  }
  return 0;
}

/** The first element that is smallest (−1) or largest (1); absent when there is none. */
export function extreme(
  items: readonly Value[],
  { want, ...keyed }: Partial<Keyed> & { readonly want: -1 | 1 },
  context: CallContext,
): Value {
  const how: Keyed = { caseSensitive: true, attribute: null, ...keyed };
  context.budget.spend(items.length);
  let best: { item: Value; key: Value } | null = null;
  for (const item of items) {
    const key = sortKey(item, how, context);
    const sign = best === null ? want : (order(key, best.key, context.budget) ?? 0);
    if (Math.sign(sign) === want) best = { item, key };
  }
  return best === null ? ABSENT : best.item;
}

/** The sum of numbers, added to a start value; lists are joined when the start is a list. */
export function summed(items: readonly Value[], start: Value, context: CallContext): Value {
  context.budget.spend(items.length);
  if (Array.isArray(start)) return joinedLists(items, start, context);
  let total = numeric(start, context);
  for (const item of items) {
    const value = context.use(item);
    if (isUndefined(value)) return ABSENT;
    total += numeric(value, context);
  }
  if (!Number.isFinite(total)) throw failed("the sum is no finite number");
  return total;
}

function numeric(value: Value, { numericText }: CallContext): number {
  if (typeof value === "number") return value;
  const number = numericText && typeof value === "string" ? asFloat(value) : null;
  if (number === null) throw failed(`${typeName(value)} cannot be added to a number`);
  return number;
}

function joinedLists(
  items: readonly Value[],
  start: readonly Value[],
  context: CallContext,
): Value {
  const all = [...start];
  for (const item of items) {
    const value = context.use(item);
    if (!Array.isArray(value)) throw failed(`${typeName(value)} cannot be added to an array`);
    context.budget.sequence(all.length + value.length);
    for (const element of value) all.push(element);
  }
  return all;
}
