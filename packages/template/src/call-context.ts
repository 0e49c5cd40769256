import type { Arguments, Passed } from "./arguments.ts";
import type { Budget } from "./budget.ts";
import type { Signature } from "./signature.ts";
import type { DateTime } from "./values/date-time.ts";
import type { ABSENT, Undefined, Value } from "./values/value.ts";
import type { View } from "./values/view.ts";

/** A value that has been used: no view, and missing has become a reported reference. */
export type Used = Exclude<Value, View | Undefined> | typeof ABSENT;

/** What filters, tests, methods and functions may ask of the evaluation that calls them. */
export interface CallContext {
  readonly budget: Budget;
  /** L197: numeric text counts as a number. */
  readonly numericText: boolean;
  /** R of a view; a missing value is noted as an unresolved reference and goes on as absent (L2). */
  use(value: Value): Used;
  /** Notes that a value put into a sequence is missing, in case the sequence is used before a test drops it. */
  hold(): void;
  /** Truth by L5; in a condition missing is noted (L77). */
  truth(value: Value): boolean;
  applyFilter(name: string, input: Value, args: Passed): Value;
  applyTest(name: string, input: Value, args: Passed): boolean;
  now(): DateTime;
  /** L74: what only the run knows. */
  callHost(name: string, args: readonly Value[]): Value;
}

/** A filter (L72). */
export type FilterDefinition = Signature & {
  /** It handles absent input itself; any other gives absent for absent. `default` handles missing too. */
  readonly undefinedInput?: "absent" | "both";
  /** Its value depends on when or where it runs. */
  readonly impure?: true;
  readonly apply: (input: Value, args: Arguments, context: CallContext) => Value;
};

/** A test (L73). */
export type TestDefinition = Signature & {
  /** It may be asked of undefined values; any other is false of absent. */
  readonly undefinedInput?: "absent" | "both";
  readonly holds: (input: Value, args: Arguments, context: CallContext) => boolean;
};

/** A function (L74). */
export type GlobalDefinition = Signature & {
  readonly impure?: true;
  readonly call: (args: Arguments, context: CallContext) => Value;
};

/** A method of a text, array, mapping or date-time (L66). */
export type MethodDefinition<T> = Signature & {
  readonly call: (target: T, args: Arguments, context: CallContext) => Value;
};

/** Definitions by name. */
export type Filters = Readonly<Record<string, FilterDefinition>>;
