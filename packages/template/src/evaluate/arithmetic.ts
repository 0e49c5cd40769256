import type { Used } from "../call-context.ts";
import { failed, overLimit } from "../failure.ts";
import { SOURCE_LIMITS } from "../limits.ts";
import type { ArithmeticOperator, Node } from "../parse/nodes.ts";
import { isList, typeName } from "../values/kinds.ts";
import { readNumber } from "../values/numeric-text.ts";
import { ABSENT, type Value } from "../values/value.ts";
import type { Frame } from "./frame.ts";

export function evaluateNegate(node: Node<"negate">, frame: Frame): Value {
  const value = operand(frame.used(node.operand), frame);
  if (value === ABSENT) return ABSENT;
  if (typeof value !== "number") throw failed(`${typeName(value)} cannot be negated`);
  return -value;
}

export function evaluatePositive(node: Node<"positive">, frame: Frame): Value {
  const value = operand(frame.used(node.operand), frame);
  if (value === ABSENT || typeof value === "number") return value;
  throw failed(`${typeName(value)} is no number`);
}

export function evaluateArithmetic(node: Node<"arithmetic">, frame: Frame): Value {
  const left = frame.used(node.left);
  const right = frame.used(node.right);
  frame.at = node;
  if (left === ABSENT || right === ABSENT) return ABSENT;
  const a = operand(left, frame);
  const b = operand(right, frame);
  if (typeof a === "number" && typeof b === "number")
    return calculated(node.operator, [a, b], frame);
  if (node.operator === "+") return joined(left, right, frame);
  if (node.operator === "*") return repeated(left, right, frame);
  throw failed(`"${node.operator}" is not defined for ${typeName(left)} and ${typeName(right)}`);
}

/** L197: in a row, text that reads as a number is one. */
function operand(value: Used, { numericText }: Frame): Used {
  if (!numericText || typeof value !== "string") return value;
  return readNumber(value) ?? value;
}

const CALCULATIONS: Readonly<Record<ArithmeticOperator, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "//": floorDivision,
  "%": floorModulo,
  "**": (a, b) => a ** b,
};

function calculated(operator: ArithmeticOperator, [a, b]: [number, number], frame: Frame): number {
  if (b === 0 && (operator === "/" || operator === "//" || operator === "%")) {
    throw failed("division by zero");
  }
  if (operator === "**" && frame.mode === "condition") boundPower(a, b);
  const result = CALCULATIONS[operator](a, b);
  if (!Number.isFinite(result)) throw failed(`${a} ${operator} ${b} is no finite number`);
  return result;
}

/** L79. */
function boundPower(base: number, exponent: number): void {
  const { powerBase, powerExponent } = SOURCE_LIMITS;
  if (Math.abs(base) > powerBase || Math.abs(exponent) > powerExponent) {
    throw overLimit(`"**" takes a base up to ${powerBase} and an exponent up to ${powerExponent}`);
  }
}

/** The remainder with the sign of the divisor (L3). */
function floorModulo(a: number, b: number): number {
  const remainder = a % b;
  return remainder !== 0 && remainder < 0 !== b < 0 ? remainder + b : remainder;
}

function floorDivision(a: number, b: number): number {
  return Math.round((a - floorModulo(a, b)) / b);
}

function joined(left: Used, right: Used, frame: Frame): Value {
  if (typeof left === "string" && typeof right === "string") {
    frame.budget.text(left.length + right.length);
    return left + right;
  }
  if (isList(left) && isList(right)) {
    frame.budget.sequence(left.length + right.length);
    return [...left, ...right];
  }
  throw failed(`"+" is not defined for ${typeName(left)} and ${typeName(right)}; "~" joins texts`);
}

function repeated(left: Used, right: Used, frame: Frame): Value {
  const pair: readonly [Used, Used] = typeof left === "number" ? [right, left] : [left, right];
  const [value, times] = pair;
  if (typeof times === "number" && Number.isInteger(times)) {
    const count = Math.max(times, 0);
    if (typeof value === "string") return repeatedText(value, count, frame);
    if (isList(value)) {
      frame.budget.sequence(value.length * count);
      if (value.length === 0) return value;
      return Array.from({ length: count }, () => value).flat();
    }
  }
  throw failed(`"*" is not defined for ${typeName(left)} and ${typeName(right)}`);
}

function repeatedText(text: string, count: number, { budget }: Frame): string {
  budget.sequence(text.length * count);
  budget.text(text.length * count);
  return text.repeat(text === "" ? 0 : count);
}
