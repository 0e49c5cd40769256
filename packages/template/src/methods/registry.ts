import { type Arguments, matched, type Passed } from "../arguments.ts";
import type { CallContext, MethodDefinition, Used } from "../call-context.ts";
import { failed } from "../failure.ts";
import { mismatch } from "../signature.ts";
import { DateTime } from "../values/date-time.ts";
import { isList, isMapping, typeName } from "../values/kinds.ts";
import type { Value } from "../values/value.ts";
import { ARRAY_METHODS } from "./array.ts";
import { DATE_METHODS } from "./date-time.ts";
import { MAPPING_METHODS } from "./mapping.ts";
import { TEXT_METHODS } from "./text.ts";

/** Every method that some value has (L66), and those of a loop (L64). */
export const METHOD_NAMES: ReadonlySet<string> = new Set([
  ...Object.keys(TEXT_METHODS),
  ...Object.keys(ARRAY_METHODS),
  ...Object.keys(MAPPING_METHODS),
  ...Object.keys(DATE_METHODS),
  "cycle",
  "changed",
]);

/** A call of a method. */
export type MethodCall = {
  readonly method: string;
  readonly passed: Passed;
  readonly context: CallContext;
};

/** Calls a method of a value. */
export function callMethod(target: Used, call: MethodCall): Value {
  if (typeof target === "string") {
    call.context.budget.text(target.length);
    return callOf(TEXT_METHODS, target, call);
  }
  if (isList(target)) return callOf(ARRAY_METHODS, target, call);
  if (target instanceof DateTime) return callOf(DATE_METHODS, target, call);
  if (isMapping(target)) return callOf(MAPPING_METHODS, target, call);
  throw failed(`${typeName(target)} has no method "${call.method}"`);
}

function callOf<T extends Used>(
  methods: Readonly<Record<string, MethodDefinition<T>>>,
  target: T,
  { method, passed, context }: MethodCall,
): Value {
  const definition = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (definition === undefined) throw failed(`${typeName(target)} has no method "${method}"`);
  const names = passed.named.map(([name]) => name);
  const problem = mismatch(definition, { positional: passed.positional.length, named: names });
  if (problem !== null) throw failed(`${method}() ${problem}`);
  const args: Arguments = matched(definition, passed, context.budget);
  return definition.call(target, args, context);
}
