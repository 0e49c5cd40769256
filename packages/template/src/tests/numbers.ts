import type { TestDefinition } from "../call-context.ts";
import { failed } from "../failure.ts";
import { typeName } from "../values/kinds.ts";
import type { Value } from "../values/value.ts";

/** Tests of numbers. */
export const NUMBER_TESTS: Readonly<Record<string, TestDefinition>> = {
  even: { parameters: [], holds: (value) => numberOf(value) % 2 === 0 },
  odd: { parameters: [], holds: (value) => Math.abs(numberOf(value) % 2) === 1 },
  divisibleby: {
    parameters: ["num"],
    required: 1,
    holds: (value, args) => {
      const divisor = numberOf(args.value(0) ?? null);
      if (divisor === 0) throw failed("division by zero");
      return numberOf(value) % divisor === 0;
    },
  },
};

function numberOf(value: Value): number {
  if (typeof value === "number") return value;
  throw failed(`a number was expected, not ${typeName(value)}`);
}
