import type { Arguments } from "../arguments.ts";
import type { CallContext, GlobalDefinition, Used } from "../call-context.ts";
import { parseJsonText } from "../codecs/json-text.ts";
import { failed, overLimit } from "../failure.ts";
import { extreme, sorted, summed } from "../filters/sort-key.ts";
import { isList, isMapping, isUndefined, shown, typeName } from "../values/kinds.ts";
import { lengthOf } from "../values/length.ts";
import { asFloat, asInteger, rounded } from "../values/rounding.ts";
import { elementsOf } from "../values/sequence.ts";
import { ABSENT, type Value } from "../values/value.ts";
import { JSON_LOADS } from "./names.ts";

/** The functions that depend on nothing but their arguments (L74). */
export const PURE_GLOBALS: Readonly<Record<string, GlobalDefinition>> = {
  range: { parameters: ["start", "stop", "step"], required: 1, call: range },
  dict: { parameters: ["entries"], rest: "named", call: dict },
  namespace: { parameters: [], rest: "named", call: (args) => Object.fromEntries(args.named) },
  len: {
    parameters: ["value"],
    required: 1,
    call: (args, context) => lengthOf(first(args, context)),
  },
  str: {
    parameters: ["value"],
    call: (args, context) => context.budget.textOf(first(args, context)),
  },
  int: {
    parameters: ["value"],
    call: (args, context) => converted(args, { context, convert: asInteger }),
  },
  float: {
    parameters: ["value"],
    call: (args, context) => converted(args, { context, convert: asFloat }),
  },
  bool: { parameters: ["value"], call: (args, context) => context.truth(args.raw(0) ?? false) },
  abs: {
    parameters: ["value"],
    required: 1,
    call: (args, context) => numeric(args, context, Math.abs),
  },
  round: {
    parameters: ["value", "precision"],
    required: 1,
    call: (args, context) =>
      numeric(args, context, (value) =>
        rounded(value, { precision: args.integer(1, null), method: "common" }),
      ),
  },
  min: {
    parameters: [],
    rest: "positional",
    call: (args, context) => extreme(several(args, context), { want: -1 }, context),
  },
  max: {
    parameters: [],
    rest: "positional",
    call: (args, context) => extreme(several(args, context), { want: 1 }, context),
  },
  sum: {
    parameters: ["values", "start"],
    required: 1,
    call: (args, context) => summed(elements(args, context), args.value(1) ?? 0, context),
  },
  sorted: {
    parameters: ["values", "reverse"],
    required: 1,
    call: (args, context) =>
      sorted(
        elements(args, context),
        { reverse: args.flag(1, false), caseSensitive: true, attribute: null },
        context,
      ),
  },
  any: {
    parameters: ["values"],
    required: 1,
    call: (args, context) => elements(args, context).some((item) => context.truth(item)),
  },
  all: {
    parameters: ["values"],
    required: 1,
    call: (args, context) => elements(args, context).every((item) => context.truth(item)),
  },
  [JSON_LOADS]: { parameters: ["text"], required: 1, call: loads },
};

function first(args: Arguments, context: CallContext): Used {
  const value = context.use(args.raw(0) ?? ABSENT);
  if (typeof value === "string") context.budget.read(value.length);
  return value;
}

function elements(args: Arguments, context: CallContext): readonly Value[] {
  return elementsOf(first(args, context));
}

/** `max(a, b)` or `max(list)`. */
function several(args: Arguments, context: CallContext): readonly Value[] {
  const [only] = args.rest;
  if (only !== undefined && args.rest.length === 1) return elementsOf(context.use(only));
  return args.rest;
}

function numeric(
  args: Arguments,
  context: CallContext,
  calculate: (value: number) => number,
): Value {
  const value = first(args, context);
  if (isUndefined(value)) return ABSENT;
  const number = context.numericText && typeof value === "string" ? asFloat(value) : value;
  if (typeof number === "number") return calculate(number);
  throw failed(`a number was expected, not ${typeName(value)}`);
}

function converted(
  args: Arguments,
  { context, convert }: { context: CallContext; convert: (value: Value) => number | null },
): Value {
  if (args.raw(0) === undefined) return 0;
  const value = first(args, context);
  if (isUndefined(value)) return ABSENT;
  const number = convert(value);
  if (number === null) throw failed(`${shown(value)} is no number`);
  return number;
}

function range(args: Arguments, { budget }: CallContext): Value {
  const low = args.integer(0, 0);
  const high = args.integer(1, null);
  const step = args.integer(2, 1);
  if (step === 0) throw failed("range() cannot step by zero");
  const [start, stop] = high === null ? [0, low] : [low, high];
  const length = Math.max(Math.ceil((stop - start) / step), 0);
  if (length > budget.limits.range) {
    throw overLimit(`range() gives at most ${budget.limits.range} numbers`);
  }
  budget.sequence(length);
  return Array.from({ length }, (_, index) => start + index * step);
}

function dict(args: Arguments, context: CallContext): Value {
  const entries = args.value(0) ?? {};
  if (isMapping(entries)) return Object.fromEntries([...Object.entries(entries), ...args.named]);
  if (!isList(entries)) throw failed(`dict() takes a mapping or pairs, not ${typeName(entries)}`);
  return Object.fromEntries([...entries.map((pair) => keyAndValue(pair, context)), ...args.named]);
}

function keyAndValue(pair: Value, { budget }: CallContext): [string, Value] {
  if (!isList(pair) || pair.length !== 2) throw failed("dict() takes pairs of key and value");
  return [budget.textOf(pair[0] ?? null), pair[1] ?? null];
}

function loads(args: Arguments, context: CallContext): Value {
  const text = first(args, context);
  if (isUndefined(text)) return ABSENT;
  const value = typeof text === "string" ? parseJsonText(text) : undefined;
  if (value === undefined) throw failed("json.loads() needs a JSON text");
  return value;
}
