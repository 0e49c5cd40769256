import type { Arguments } from "../arguments.ts";
import type { CallContext, Filters } from "../call-context.ts";
import { failed } from "../failure.ts";
import { readPath } from "../values/access.ts";
import { areEqual } from "../values/equality.ts";
import { isMapping, isUndefined, typeName } from "../values/kinds.ts";
import { order } from "../values/order.ts";
import { elementsOf } from "../values/sequence.ts";
import { PLAIN_JSON, writeJson } from "../values/text-form.ts";
import { MISSING, type Value } from "../values/value.ts";
import type { View } from "../values/view.ts";
import { extreme, type Keyed, sorted, sortKey, summed } from "./sort-key.ts";

/** Filters that order, group and add up; as in Jinja they ignore case unless told otherwise. */
export const ORDERING_FILTERS: Filters = {
  sort: {
    parameters: ["reverse", "case_sensitive", "attribute"],
    apply: (input, args, context) =>
      sorted(elementsOf(input), { reverse: args.flag(0, false), ...keyed(args, 1) }, context),
  },
  min: {
    parameters: ["case_sensitive", "attribute"],
    apply: (input, args, context) =>
      extreme(elementsOf(input), { want: -1, ...keyed(args, 0) }, context),
  },
  max: {
    parameters: ["case_sensitive", "attribute"],
    apply: (input, args, context) =>
      extreme(elementsOf(input), { want: 1, ...keyed(args, 0) }, context),
  },
  unique: { parameters: ["case_sensitive", "attribute"], apply: unique },
  sum: { parameters: ["attribute", "start"], apply: sum },
  groupby: { parameters: ["attribute", "default", "case_sensitive"], required: 1, apply: groupBy },
  dictsort: { parameters: ["case_sensitive", "by", "reverse"], apply: sortEntries },
};

/** The case and attribute arguments, which stand side by side. */
function keyed(args: Arguments, at: number): Keyed {
  return { caseSensitive: args.flag(at, false), attribute: args.text(at + 1, null) };
}

function unique(input: Value, args: Arguments, context: CallContext): Value {
  const seen = new Set<string>();
  return elementsOf(input).filter((item) => {
    context.budget.spend(1);
    const key = writeJson(sortKey(item, keyed(args, 0), context), {
      ...PLAIN_JSON,
      sortKeys: true,
      maxCharacters: context.budget.limits.stringBytes,
      counter: context.budget,
    });
    context.budget.text(key.length);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function sum(input: Value, args: Arguments, context: CallContext): Value {
  const attribute = args.text(0, null);
  const items = elementsOf(input);
  const values =
    attribute === null ? items : items.map((item) => context.use(readPath(item, attribute)));
  return summed(values, args.value(1) ?? 0, context);
}

function groupBy(input: Value, args: Arguments, context: CallContext): Value {
  const attribute = args.text(0, "");
  const fallback = args.raw(1);
  const caseSensitive = args.flag(2, false);
  const groups: { key: Value; grouper: Value; list: Value[] }[] = [];
  const rows = elementsOf(input).map((item): { item: Value; grouper: Value; key: Value } => {
    const found = readPath(item, attribute);
    const grouper = context.use(isUndefined(found) && fallback !== undefined ? fallback : found);
    return { item, grouper, key: sortKey(grouper, { caseSensitive, attribute: null }, context) };
  });
  context.budget.spend(rows.length * (1 + Math.ceil(Math.log2(rows.length + 1))));
  for (const { item, grouper, key } of rows.toSorted(
    (a, b) => order(a.key, b.key, context.budget) ?? 0,
  )) {
    const last = groups.at(-1);
    if (last !== undefined && areEqual(last.key, key, context.budget)) last.list.push(item);
    else groups.push({ key, grouper, list: [item] });
  }
  return groups.map(({ grouper, list }) => group(grouper, list));
}

/** A pair that can be taken apart, and read by name. */
function group(grouper: Value, list: readonly Value[]): View {
  return {
    kind: "view",
    defined: true,
    status: "",
    value: () => [grouper, list],
    field: (name) => (name === "grouper" ? grouper : name === "list" ? list : MISSING),
    truth: () => true,
  };
}

function sortEntries(input: Value, args: Arguments, context: CallContext): Value {
  if (!isMapping(input)) throw failed(`${typeName(input)} has no keys to sort`);
  const by = args.text(1, "key");
  if (by !== "key" && by !== "value") throw failed(`dictsort sorts by "key" or "value"`);
  return sorted(
    Object.entries(input),
    {
      reverse: args.flag(2, false),
      caseSensitive: args.flag(0, false),
      attribute: by === "key" ? "0" : "1",
    },
    context,
  );
}
