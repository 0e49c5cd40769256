import type { MethodDefinition } from "../call-context.ts";
import {
  capitalized,
  folded,
  isLowerCase,
  isUpperCase,
  swapped,
  titled,
} from "../values/letter-case.ts";

function simple(call: (text: string) => string | boolean): MethodDefinition<string> {
  return { parameters: [], call };
}

/** Methods about letters and what kind they are. */
export const TEXT_CASE_METHODS: Readonly<Record<string, MethodDefinition<string>>> = {
  capitalize: simple(capitalized),
  casefold: simple(folded),
  isalnum: simple((text) => /^[\p{L}\p{N}]+$/u.test(text)),
  isalpha: simple((text) => /^\p{L}+$/u.test(text)),
  isdigit: simple((text) => /^[\p{Nd}¹²³⁰⁴-⁹₀-₉]+$/u.test(text)),
  islower: simple(isLowerCase),
  isnumeric: simple((text) => /^\p{N}+$/u.test(text)),
  isspace: simple((text) => /^\s+$/.test(text)),
  isupper: simple(isUpperCase),
  lower: simple((text) => text.toLowerCase()),
  swapcase: simple(swapped),
  title: simple(titled),
  upper: simple((text) => text.toUpperCase()),
};
