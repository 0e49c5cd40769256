import type { CallContext, Used } from "../call-context.ts";
import { failed } from "../failure.ts";
import type { CompareOperator, Node } from "../parse/nodes.ts";
import { areEqual } from "../values/equality.ts";
import { isList, isMapping, isUndefined, typeName } from "../values/kinds.ts";
import { readNumber } from "../values/numeric-text.ts";
import { order } from "../values/order.ts";
import type { Value } from "../values/value.ts";
import type { Frame } from "./frame.ts";

/** A chain such as `a < b <= c`: every link must hold, later ones are evaluated only if the former do. */
export function evaluateComparison(node: Node<"compare">, frame: Frame): Value {
  let left = frame.used(node.first);
  for (const { operator, operand } of node.rest) {
    const right = frame.used(operand);
    frame.at = node;
    if (!compares(operator, [left, right], frame)) return false;
    left = right;
  }
  return true;
}

/** Whether a comparison holds. */
export function compares(
  operator: CompareOperator,
  pair: [Used, Used],
  context: CallContext,
): boolean {
  const [left, right] = context.numericText ? asNumbers(pair) : pair;
  switch (operator) {
    case "==":
      return areEqual(left, right, context.budget);
    case "!=":
      return !areEqual(left, right, context.budget);
    case "in":
      return isIn(left, right, context);
    case "not in":
      return !isIn(left, right, context);
    case "<":
    case "<=":
    case ">":
    case ">=":
      return isOrdered(operator, [left, right], context);
  }
}

/** L197: beside a number, text that reads as one is one. */
function asNumbers([left, right]: [Used, Used]): [Used, Used] {
  if (typeof left === "number" && typeof right === "string")
    return [left, readNumber(right) ?? right];
  if (typeof left === "string" && typeof right === "number")
    return [readNumber(left) ?? left, right];
  return [left, right];
}

function isOrdered(
  operator: "<" | "<=" | ">" | ">=",
  [left, right]: [Used, Used],
  { budget }: CallContext,
): boolean {
  const sign = order(left, right, budget);
  if (sign === null) return false;
  if (sign === 0) return operator === "<=" || operator === ">=";
  return sign < 0 ? operator.startsWith("<") : operator.startsWith(">");
}

function isIn(needle: Used, container: Used, context: CallContext): boolean {
  if (isUndefined(container)) return false;
  if (isList(container)) {
    context.budget.sequence(container.length);
    return container.some((item) => areEqual(item, needle, context.budget));
  }
  if (typeof container === "string") {
    if (isUndefined(needle)) return false;
    context.budget.text(container.length);
    if (typeof needle === "string") return container.includes(needle);
    throw failed(`only a text can be in a text, not ${typeName(needle)}`);
  }
  if (isMapping(container)) return typeof needle === "string" && Object.hasOwn(container, needle);
  throw failed(`nothing is "in" ${typeName(container)}`);
}
