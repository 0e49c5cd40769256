import { failed } from "../failure.ts";
import { readNumber } from "./numeric-text.ts";
import type { Value } from "./value.ts";

const MAX_DIGITS = 100;

/** How to round. */
export type Rounding = { readonly precision: number | null; readonly method: string };

/** Rounds, half to even (`common`), up (`ceil`) or down (`floor`), at a decimal place (L72). */
export function rounded(value: number, { precision, method }: Rounding): number {
  const digits = precision ?? 0;
  if (method === "common")
    return digits < 0 ? roundedLeft(value, -digits) : halfToEven(value, digits);
  if (method !== "ceil" && method !== "floor") throw failed(`"${method}" is no way to round`);
  const scale = 10 ** digits;
  const result = (method === "ceil" ? Math.ceil(value * scale) : Math.floor(value * scale)) / scale;
  if (!Number.isFinite(result)) throw failed(`${value} cannot be rounded to ${digits} digits`);
  return result;
}

function roundedLeft(value: number, zeros: number): number {
  const scale = 10 ** zeros;
  return Number.isFinite(scale) ? halfToEven(value / scale, 0) * scale : 0;
}

/** `toFixed` sees the exact value of a double but rounds halves up; exact halves go to the even neighbour here. */
function halfToEven(value: number, digits: number): number {
  if (digits > MAX_DIGITS - 1 || Math.abs(value) >= 1e21) return value;
  const size = Math.abs(value);
  const up = size.toFixed(digits);
  const exact = size.toFixed(MAX_DIGITS);
  const point = exact.length - MAX_DIGITS;
  const isHalf = /^50*$/.test(exact.slice(point + digits));
  const lastDigit = up.at(-1) ?? "0";
  const kept = isHalf && Number(lastDigit) % 2 === 1 ? exact.slice(0, point + digits) : up;
  return Math.sign(value) * Number(kept);
}

/** The integer that a value is: a number is cut towards zero, a text must be a number exactly; null for others. */
export function asInteger(value: Value): number | null {
  const number = asFloat(value);
  return number === null ? null : Math.trunc(number);
}

/** The number that a value is; null for others. */
export function asFloat(value: Value): number | null {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  return typeof value === "string" ? readNumber(value) : null;
}
