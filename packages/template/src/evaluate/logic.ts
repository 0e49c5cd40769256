import type { Node } from "../parse/nodes.ts";
import { ABSENT, type Value } from "../values/value.ts";
import type { Frame } from "./frame.ts";

/** `and`: the first false operand, else the last. */
export function evaluateAll(node: Node<"all">, frame: Frame): Value {
  let value: Value = true;
  for (const operand of node.operands) {
    value = frame.evaluate(operand);
    if (operand !== node.operands.at(-1) && !frame.truth(value, operand)) return value;
  }
  return value;
}

/** `or`: the first true operand, else the last. */
export function evaluateSome(node: Node<"some">, frame: Frame): Value {
  let value: Value = false;
  for (const operand of node.operands) {
    value = frame.evaluate(operand);
    if (operand !== node.operands.at(-1) && frame.truth(value, operand)) return value;
  }
  return value;
}

export function evaluateChoice(node: Node<"choose">, frame: Frame): Value {
  if (frame.holds(node.test)) return frame.evaluate(node.chosen);
  return node.otherwise === null ? ABSENT : frame.evaluate(node.otherwise);
}
