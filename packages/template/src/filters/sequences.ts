import type { Arguments } from "../arguments.ts";
import type { CallContext, Filters } from "../call-context.ts";
import { failed } from "../failure.ts";
import { readPath } from "../values/access.ts";
import { charactersOf } from "../values/characters.ts";
import { isMapping, typeName } from "../values/kinds.ts";
import { lengthOf } from "../values/length.ts";
import { elementsOf } from "../values/sequence.ts";
import { isTrue } from "../values/truth.ts";
import { ABSENT, type Value } from "../values/value.ts";

/** Filters that take sequences apart and put them together. */
export const SEQUENCE_FILTERS: Filters = {
  batch: { parameters: ["linecount", "fill_with"], required: 1, apply: batch },
  slice: { parameters: ["slices", "fill_with"], required: 1, apply: slice },
  items: { parameters: [], apply: items },
  list: { parameters: [], undefinedInput: "absent", apply: (input) => elementsOf(input) },
  reverse: { parameters: [], apply: reverse },
  first: { parameters: [], apply: (input) => at(elementsOf(input), 0, ABSENT) },
  last: {
    parameters: [],
    apply: (input) => at(elementsOf(input), elementsOf(input).length - 1, ABSENT),
  },
  length: { parameters: [], undefinedInput: "absent", apply: lengthOf },
  count: { parameters: [], undefinedInput: "absent", apply: lengthOf },
  join: { parameters: ["d", "attribute"], undefinedInput: "absent", apply: join },
  split: { parameters: ["sep"], apply: split },
  loop_get: {
    parameters: ["index"],
    required: 1,
    apply: (input, args) => neighbour(input, args, 0),
  },
  next_in_loop: {
    parameters: ["index"],
    required: 1,
    apply: (input, args) => neighbour(input, args, 1),
  },
  prev_in_loop: {
    parameters: ["index"],
    required: 1,
    apply: (input, args) => neighbour(input, args, -1),
  },
};

function at(sequence: readonly Value[], index: number, otherwise: Value): Value {
  const value = index < 0 ? undefined : sequence[index];
  return value === undefined ? otherwise : value;
}

function neighbour(input: Value, args: Arguments, distance: number): Value {
  return at(elementsOf(input), args.integer(0, 0) + distance, null);
}

function positive(count: number, what: string): number {
  if (count < 1) throw failed(`${what} must be at least 1`);
  return count;
}

function batch(input: Value, args: Arguments, { budget }: CallContext): Value {
  const size = positive(args.integer(0, 1), "the size of a batch");
  const fill = args.value(1) ?? null;
  const all = elementsOf(input);
  const rows: Value[][] = [];
  for (let from = 0; from < all.length; from += size) rows.push(all.slice(from, from + size));
  const last = rows.at(-1);
  if (fill !== null && last !== undefined) {
    budget.sequence(size);
    while (last.length < size) last.push(fill);
  }
  budget.sequence(all.length);
  return rows;
}

function slice(input: Value, args: Arguments, { budget }: CallContext): Value {
  const slices = positive(args.integer(0, 1), "the number of slices");
  budget.sequence(slices);
  const fill = args.value(1) ?? null;
  const all = elementsOf(input);
  const each = Math.floor(all.length / slices);
  const extra = all.length % slices;
  return Array.from({ length: slices }, (_, number) => {
    const start = number * each + Math.min(number, extra);
    const column = all.slice(start, start + each + (number < extra ? 1 : 0));
    return fill !== null && number >= extra ? [...column, fill] : column;
  });
}

function items(input: Value): Value {
  if (isMapping(input)) return Object.entries(input);
  throw failed(`${typeName(input)} has no items`);
}

function reverse(input: Value): Value {
  if (typeof input === "string") return charactersOf(input).toReversed().join("");
  return elementsOf(input).toReversed();
}

/** Text forms joined; a false input is the empty text (L72). */
function join(input: Value, args: Arguments, context: CallContext): Value {
  if (!isTrue(input)) return "";
  const separator = args.text(0, ", ");
  const attribute = args.text(1, null);
  const { stringBytes } = context.budget.limits;
  let characters = 0;
  const texts = elementsOf(input).map((item) => {
    const value = attribute === null ? item : readPath(item, attribute);
    const text = context.budget.textOf(context.use(value));
    characters += text.length + separator.length;
    if (characters > stringBytes) context.budget.text(characters);
    return text;
  });
  context.budget.text(characters);
  return texts.join(separator);
}

function split(input: Value, args: Arguments, { budget }: CallContext): Value {
  if (typeof input !== "string") return [];
  const separator = args.text(0, " ");
  if (separator === "") throw failed("the separator is empty");
  const pieces = input.split(separator);
  budget.sequence(pieces.length);
  return pieces;
}
