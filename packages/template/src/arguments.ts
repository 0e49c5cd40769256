import type { Budget } from "./budget.ts";
import { failed } from "./failure.ts";
import type { Signature } from "./signature.ts";
import { isUndefined, resolved, typeName } from "./values/kinds.ts";
import { readNumber } from "./values/numeric-text.ts";
import { isTrue } from "./values/truth.ts";
import type { Undefined, Value } from "./values/value.ts";
import type { View } from "./values/view.ts";

/** What a call passes, before it is matched with parameters. */
export type Passed = {
  readonly positional: readonly Value[];
  readonly named: readonly (readonly [string, Value])[];
};

/** The arguments of a call, matched with the parameters of what is called and read by their position. */
export class Arguments {
  /** What was given beyond the parameters. */
  readonly rest: readonly Value[];
  readonly named: readonly (readonly [string, Value])[];
  readonly #values: readonly (Value | undefined)[];

  readonly #budget: Budget;

  constructor(values: readonly (Value | undefined)[], beyond: Passed, budget: Budget) {
    this.#values = values;
    this.#budget = budget;
    this.rest = beyond.positional;
    this.named = beyond.named;
  }

  /** As it was given, views and undefined values included. */
  raw(index: number): Value | undefined {
    return this.#values[index];
  }

  /** Undefined when nothing, or an undefined value, was given. */
  value(index: number): Exclude<Value, View | Undefined> | undefined {
    const value = this.#values[index];
    if (value === undefined) return undefined;
    const used = resolved(value);
    return isUndefined(used) ? undefined : used;
  }

  text<F extends string | null>(index: number, fallback: F): string | F {
    const value = this.value(index);
    return value === undefined || value === null ? fallback : this.#budget.textOf(value);
  }

  integer<F extends number | null>(index: number, fallback: F): number | F {
    const value = this.value(index);
    if (value === undefined || value === null) return fallback;
    const number = typeof value === "string" ? readNumber(value) : value;
    if (typeof number === "number" && Number.isSafeInteger(number)) return number;
    throw failed(`an integer was expected, not ${typeName(value)}`);
  }

  flag(index: number, fallback: boolean): boolean {
    const value = this.value(index);
    return value === undefined || value === null ? fallback : isTrue(value);
  }
}

const NOTHING: Passed = { positional: [], named: [] };

/** Matches what is passed with parameters. The call must have been found to fit. */
export function matched(
  { parameters }: Signature,
  { positional, named }: Passed,
  budget: Budget,
): Arguments {
  if (named.length === 0 && positional.length <= parameters.length) {
    return new Arguments(positional, NOTHING, budget);
  }
  const values: (Value | undefined)[] = positional.slice(0, parameters.length);
  const others: (readonly [string, Value])[] = [];
  for (const pair of named) {
    const index = parameters.indexOf(pair[0]);
    if (index === -1) others.push(pair);
    else values[index] = pair[1];
  }
  const beyond = { positional: positional.slice(parameters.length), named: others };
  return new Arguments(values, beyond, budget);
}
