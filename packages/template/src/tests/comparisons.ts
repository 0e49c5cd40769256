import type { Arguments } from "../arguments.ts";
import type { CallContext, TestDefinition } from "../call-context.ts";
import { compares } from "../evaluate/comparison.ts";
import type { CompareOperator } from "../parse/nodes.ts";
import { resolved } from "../values/kinds.ts";
import { ABSENT, type Value } from "../values/value.ts";

function comparing(operator: CompareOperator): TestDefinition {
  return {
    parameters: ["other"],
    required: 1,
    undefinedInput: "absent",
    holds: (input: Value, args: Arguments, context: CallContext) =>
      compares(operator, [context.use(input), context.use(args.raw(0) ?? ABSENT)], context),
  };
}

const EQ = comparing("==");
const NE = comparing("!=");
const LT = comparing("<");
const LE = comparing("<=");
const GT = comparing(">");
const GE = comparing(">=");

/** Tests that compare with another value; short and long names. */
export const COMPARISON_TESTS: Readonly<Record<string, TestDefinition>> = {
  eq: EQ,
  equalto: EQ,
  "==": EQ,
  ne: NE,
  "!=": NE,
  lt: LT,
  lessthan: LT,
  "<": LT,
  le: LE,
  "<=": LE,
  gt: GT,
  greaterthan: GT,
  ">": GT,
  ge: GE,
  ">=": GE,
  in: comparing("in"),
  sameas: {
    parameters: ["other"],
    required: 1,
    undefinedInput: "absent",
    holds: (input, args) => resolved(input) === resolved(args.raw(0) ?? ABSENT),
  },
};
