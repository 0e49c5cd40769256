import type { ArithmeticOperator, CompareOperator, Comparison, Node } from "./nodes.ts";
import { parsePipes } from "./pipes.ts";
import { parsePostfix } from "./postfix.ts";
import { parsePrimary } from "./primary.ts";
import type { Grammar, Reader } from "./reader.ts";

/** The expression grammar of Jinja 3.1 with its precedence, and the JavaScript spellings (L61, L62). */
export const GRAMMAR: Grammar = { expression: parseExpression, operand: parseOr };

function parseExpression(reader: Reader): Node {
  let node = parseOr(reader);
  for (;;) {
    if (reader.take("if")) node = inlineIf(reader, node);
    else if (reader.take("?")) node = ternary(reader, node);
    else return node;
  }
}

function inlineIf(reader: Reader, chosen: Node): Node {
  const test = parseOr(reader);
  const otherwise = reader.take("else") ? reader.expression() : null;
  return { kind: "choose", test, chosen, otherwise, start: chosen.start, end: reader.end };
}

function ternary(reader: Reader, test: Node): Node {
  const chosen = reader.expression();
  reader.expect(":");
  const otherwise = reader.expression();
  return { kind: "choose", test, chosen, otherwise, start: test.start, end: reader.end };
}

function parseOr(reader: Reader): Node {
  const first = parseAnd(reader);
  if (!reader.at("or")) return first;
  const operands = [first];
  while (reader.take("or")) operands.push(parseAnd(reader));
  return { kind: "some", operands, start: first.start, end: reader.end };
}

function parseAnd(reader: Reader): Node {
  const first = parseNot(reader);
  if (!reader.at("and")) return first;
  const operands = [first];
  while (reader.take("and")) operands.push(parseNot(reader));
  return { kind: "all", operands, start: first.start, end: reader.end };
}

function parseNot(reader: Reader): Node {
  if (!reader.at("not")) return parseComparison(reader);
  const { start } = reader.next();
  const operand = reader.nested(parseNot);
  return { kind: "not", operand, start, end: reader.end };
}

function parseComparison(reader: Reader): Node {
  const first = parseSum(reader);
  const rest: Comparison[] = [];
  for (;;) {
    const operator = comparisonOperator(reader);
    if (operator === null) break;
    rest.push({ operator, operand: parseSum(reader) });
  }
  if (rest.length === 0) return first;
  return { kind: "compare", first, rest, start: first.start, end: reader.end };
}

const COMPARISONS: Readonly<Record<string, CompareOperator>> = {
  "==": "==",
  "!=": "!=",
  "<": "<",
  "<=": "<=",
  ">": ">",
  ">=": ">=",
  in: "in",
};

function comparisonOperator(reader: Reader): CompareOperator | null {
  if (reader.at("not") && reader.at("in", 1)) {
    reader.next();
    reader.next();
    return "not in";
  }
  const token = reader.peek();
  if (token.kind !== "operator" && token.kind !== "name") return null;
  const operator = Object.hasOwn(COMPARISONS, token.text) ? COMPARISONS[token.text] : undefined;
  if (operator === undefined) return null;
  reader.next();
  return operator;
}

function parseSum(reader: Reader): Node {
  return leftToRight(reader, ["+", "-"], parseConcat);
}

function parseConcat(reader: Reader): Node {
  const first = parseProduct(reader);
  if (!reader.at("~")) return first;
  const parts = [first];
  while (reader.take("~")) parts.push(parseProduct(reader));
  return { kind: "concat", parts, start: first.start, end: reader.end };
}

function parseProduct(reader: Reader): Node {
  return leftToRight(reader, ["*", "/", "//", "%"], parsePower);
}

/** Groups to the left, as in Jinja. */
function parsePower(reader: Reader): Node {
  return leftToRight(reader, ["**"], (inner) => parseUnary(inner, { pipes: true }));
}

function leftToRight(
  reader: Reader,
  operators: readonly ArithmeticOperator[],
  parseOperand: (reader: Reader) => Node,
): Node {
  let left = parseOperand(reader);
  for (;;) {
    const operator = operators.find((sign) => reader.at(sign));
    if (operator === undefined) return left;
    reader.next();
    const right = parseOperand(reader);
    left = { kind: "arithmetic", operator, left, right, start: left.start, end: reader.end };
  }
}

function parseUnary(reader: Reader, { pipes }: { readonly pipes: boolean }): Node {
  const node = parsePostfix(reader, signed(reader));
  return pipes ? parsePipes(reader, node) : node;
}

function signed(reader: Reader): Node {
  const sign = reader.peek();
  if (sign.kind !== "operator") return parsePrimary(reader);
  if (sign.text === "-" || sign.text === "+") {
    reader.next();
    const operand = reader.nested((inner) => parseUnary(inner, { pipes: false }));
    const kind = sign.text === "-" ? "negate" : "positive";
    return { kind, operand, start: sign.start, end: reader.end };
  }
  if (sign.text === "!") {
    reader.next();
    const operand = reader.nested((inner) => parseUnary(inner, { pipes: true }));
    return { kind: "not", operand, start: sign.start, end: reader.end };
  }
  return parsePrimary(reader);
}
