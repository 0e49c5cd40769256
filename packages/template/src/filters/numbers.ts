import type { Arguments } from "../arguments.ts";
import type { CallContext, Filters } from "../call-context.ts";
import { failed } from "../failure.ts";
import { shown, typeName } from "../values/kinds.ts";
import { asFloat, asInteger, rounded } from "../values/rounding.ts";
import type { Value } from "../values/value.ts";

/** Filters on numbers. */
export const NUMBER_FILTERS: Filters = {
  abs: { parameters: [], apply: (input, _, context) => Math.abs(numberOf(input, context)) },
  int: { parameters: ["default"], apply: (input, args) => converted(input, args, asInteger) },
  float: { parameters: ["default"], apply: (input, args) => converted(input, args, asFloat) },
  round: {
    parameters: ["precision", "method"],
    apply: (input, args, context) =>
      rounded(numberOf(input, context), {
        precision: args.integer(0, null),
        method: args.text(1, "common"),
      }),
  },
  filesizeformat: {
    parameters: ["binary"],
    apply: (input, args) => fileSize(asFloat(input) ?? notNumber(input), args.flag(0, false)),
  },
};

function numberOf(input: Value, { numericText }: CallContext): number {
  if (typeof input === "number") return input;
  return (numericText && typeof input === "string" ? asFloat(input) : null) ?? notNumber(input);
}

function notNumber(input: Value): never {
  throw failed(`a number was expected, not ${typeName(input)}`);
}

function converted(input: Value, args: Arguments, convert: (value: Value) => number | null): Value {
  const number = convert(input);
  if (number !== null) return number;
  const fallback = args.raw(0);
  if (fallback !== undefined) return fallback;
  throw failed(`${shown(input)} is no number`);
}

const PREFIXES = ["k", "M", "G", "T", "P", "E", "Z", "Y"];

function fileSize(bytes: number, binary: boolean): string {
  const base = binary ? 1024 : 1000;
  if (bytes === 1) return "1 Byte";
  if (bytes < base) return `${Math.trunc(bytes)} Bytes`;
  const power = Math.min(Math.floor(Math.log(bytes) / Math.log(base)), PREFIXES.length);
  // The logarithm may be off by one at a power of the base.
  const exact = bytes >= base ** (power + 1) && power < PREFIXES.length ? power + 1 : power;
  const prefix = PREFIXES[exact - 1] ?? "Y";
  const unit = binary ? `${prefix.toUpperCase()}iB` : `${prefix}B`;
  return `${(bytes / base ** exact).toFixed(1)} ${unit}`;
}
