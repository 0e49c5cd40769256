import type { Arguments } from "../arguments.ts";
import type { CallContext, Filters } from "../call-context.ts";
import { failed } from "../failure.ts";
import { sliceCharacters } from "../values/characters.ts";
import { typeName } from "../values/kinds.ts";
import { asFloat, rounded } from "../values/rounding.ts";
import { PLAIN_JSON, textOf, writeJson } from "../values/text-form.ts";
import type { Value } from "../values/value.ts";
import { textFilter } from "./text-filter.ts";

/** `%`-formatting for positional, `{name}` for keyword arguments (L72). */
export const FORMAT_FILTERS: Filters = {
  format: textFilter({ parameters: [], rest: "both" }, (text, args, context) => {
    const { named, rest } = args;
    if (named.length > 0 && rest.length > 0)
      throw failed("format takes positional or keyword arguments, not both");
    return named.length > 0
      ? formatNamed(text, args, context)
      : formatPositional(text, rest, context);
  }),
};

const DIRECTIVE = /%(?:\((\w+)\))?([-+ 0#]*)((?:[1-9]\d*)?)(?:\.(\d+))?([a-zA-Z%])/g;
const MAX_WIDTH = 10_000;
const MAX_PLACES = 100;
const LAST_CODE_POINT = 0x10ffff;

function formatNamed(text: string, { named }: Arguments, context: CallContext): string {
  const values = new Map(named);
  const grow = counting(text, context);
  const braced = text.replaceAll(/\{\{|\}\}|\{(\w+)\}/g, (written: string, name?: string) => {
    if (name === undefined) return written.slice(1);
    const value = values.get(name);
    if (value === undefined) throw failed(`format has no argument "${name}"`);
    return grow(context.budget.textOf(context.use(value)));
  });
  if (braced !== text) return braced;
  return text.replaceAll(
    DIRECTIVE,
    (written: string, name: string | undefined, ...groups: string[]) => {
      if (written.endsWith("%")) return "%";
      const value = name === undefined ? undefined : values.get(name);
      if (value === undefined) throw failed(`format has no argument for "${written}"`);
      return grow(directive(plain(context.use(value), context), groups));
    },
  );
}

function formatPositional(text: string, values: readonly Value[], context: CallContext): string {
  let next = 0;
  const grow = counting(text, context);
  const result = text.replaceAll(
    DIRECTIVE,
    (written: string, name: string | undefined, ...groups: string[]) => {
      if (written.endsWith("%")) return "%";
      const value = values[next];
      next += 1;
      if (value === undefined || name !== undefined) throw failed("format has too few arguments");
      return grow(directive(plain(context.use(value), context), groups));
    },
  );
  if (next < values.length) throw failed("format has more arguments than places for them");
  return result;
}

/** Counts what takes the places of a text, before it becomes one. */
function counting(text: string, { budget }: CallContext): (part: string) => string {
  const grow = budget.growing();
  grow(text.length);
  return (part) => {
    grow(part.length);
    return part;
  };
}

type Written = readonly (string | undefined)[];

function directive(
  value: Value,
  [flags = "", width = "", precision, letter = ""]: Written,
): string {
  const size = Number(width);
  const places = precision === undefined ? null : Number(precision);
  if (Math.max(size, (places ?? 0) * (MAX_WIDTH / MAX_PLACES)) > MAX_WIDTH)
    throw failed("format: the width is too large");
  const text = formatted(value, { letter, places, alternate: flags.includes("#") });
  return aligned(text, { flags, size, numeric: !"srac".includes(letter) });
}

function aligned(
  text: string,
  { flags, size, numeric }: { flags: string; size: number; numeric: boolean },
): string {
  const signed = numeric && !text.startsWith("-") ? signOf(flags) + text : text;
  if (flags.includes("-")) return signed.padEnd(size);
  if (!flags.includes("0") || !numeric) return signed.padStart(size);
  const sign = /^[-+ ]/.exec(signed)?.[0] ?? "";
  return sign + signed.slice(sign.length).padStart(size - sign.length, "0");
}

function signOf(flags: string): string {
  if (flags.includes("+")) return "+";
  return flags.includes(" ") ? " " : "";
}

type Shape = {
  readonly letter: string;
  readonly places: number | null;
  readonly alternate: boolean;
};

function formatted(value: Value, { letter, places, alternate }: Shape): string {
  switch (letter) {
    case "s":
      return sliceCharacters(textOf(value), 0, places ?? undefined);
    case "r":
    case "a":
      return typeof value === "string" ? writeJson(value, PLAIN_JSON) : textOf(value);
    case "c":
      return character(value);
    default: {
      const number = numberOf(value);
      const text =
        integral(Math.trunc(number), letter, alternate) ?? floating(number, letter, places ?? 6);
      return letter === letter.toLowerCase() ? text : text.toUpperCase();
    }
  }
}

function character(value: Value): string {
  if (typeof value !== "number") return sliceCharacters(textOf(value), 0, 1);
  if (Number.isInteger(value) && value >= 0 && value <= LAST_CODE_POINT)
    return String.fromCodePoint(value);
  throw failed(`format: ${value} is no character`);
}

/** An integer as `d`, `x` or `o` write it; null for other letters. */
function integral(value: number, letter: string, alternate: boolean): string | null {
  if ("diu".includes(letter)) return String(value);
  if (letter === "o") return (alternate ? "0o" : "") + value.toString(8);
  return letter.toLowerCase() === "x" ? (alternate ? "0x" : "") + value.toString(16) : null;
}

function floating(value: number, directive: string, places: number): string {
  const letter = directive.toLowerCase();
  if (letter === "f")
    return rounded(value, { precision: places, method: "common" }).toFixed(places);
  if (letter === "e") return exponent(value.toExponential(places));
  if (letter !== "g") throw failed(`format: "%${directive}" is unknown`);
  const precision = Math.max(places, 1);
  const power = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)));
  const scientific = power < -4 || power >= precision;
  const text = scientific
    ? exponent(value.toExponential(precision - 1))
    : value.toFixed(Math.min(Math.max(precision - 1 - power, 0), MAX_PLACES));
  return text.includes(".") ? text.replace(/\.?0+(?=e|$)/, "") : text;
}

/** Containers are formatted as their text. */
function plain(value: Value, { budget }: CallContext): Value {
  return typeof value === "object" && value !== null ? budget.textOf(value) : value;
}

/** Python writes two digits of exponent at least. */
function exponent(text: string): string {
  return text.replace(/e([-+])(\d)$/, "e$10$2");
}

function numberOf(value: Value): number {
  const number = typeof value === "string" ? null : asFloat(value);
  if (number === null) throw failed(`format: a number was expected, not ${typeName(value)}`);
  return number;
}
