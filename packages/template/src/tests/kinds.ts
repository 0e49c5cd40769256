import type { TestDefinition } from "../call-context.ts";
import { FILTER_DEFINITIONS } from "../filters/registry.ts";
import { DateTime } from "../values/date-time.ts";
import { isList, isMapping, isUndefined, isView } from "../values/kinds.ts";
import { isLowerCase, isUpperCase } from "../values/letter-case.ts";
import type { Value } from "../values/value.ts";

function kind(holds: (value: Value) => boolean): TestDefinition {
  return { parameters: [], holds };
}

/** Whether there is a value at all; a step is defined when it has a result (L71). */
function isDefined(value: Value): boolean {
  return isView(value) ? value.defined : !isUndefined(value);
}

function isSequence(value: Value): boolean {
  return (
    typeof value === "string" || isList(value) || (isMapping(value) && !(value instanceof DateTime))
  );
}

/** Tests of what a value is. */
export const KIND_TESTS: Readonly<Record<string, TestDefinition>> = {
  defined: { parameters: [], undefinedInput: "both", holds: isDefined },
  undefined: { parameters: [], undefinedInput: "both", holds: (value) => !isDefined(value) },
  none: {
    parameters: [],
    undefinedInput: "absent",
    holds: (value) => value === null || isUndefined(value),
  },
  boolean: kind((value) => typeof value === "boolean"),
  true: kind((value) => value === true),
  false: kind((value) => value === false),
  number: kind((value) => typeof value === "number"),
  integer: kind((value) => typeof value === "number" && Number.isInteger(value)),
  float: kind((value) => typeof value === "number" && !Number.isInteger(value)),
  string: kind((value) => typeof value === "string"),
  mapping: kind(isMapping),
  sequence: kind(isSequence),
  iterable: kind(isSequence),
  lower: {
    parameters: [],
    holds: (value, _, { budget }) => isLowerCase(budget.textOf(value)),
  },
  upper: {
    parameters: [],
    holds: (value, _, { budget }) => isUpperCase(budget.textOf(value)),
  },
  filter: kind((value) => typeof value === "string" && FILTER_DEFINITIONS.has(value)),
};
