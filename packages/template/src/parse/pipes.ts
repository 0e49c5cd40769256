import { parseArguments } from "./arguments.ts";
import { checkFilter, checkTest } from "./checks.ts";
import { type CallArguments, type FilterCall, NO_ARGUMENTS, type Node } from "./nodes.ts";
import { parsePostfix } from "./postfix.ts";
import { isKeyword, parsePrimary } from "./primary.ts";
import type { Reader } from "./reader.ts";

/** Parses filters and tests: they bind tighter than any binary operator (L61). */
export function parsePipes(reader: Reader, first: Node): Node {
  let node = first;
  for (;;) {
    if (reader.take("|")) node = filtered(node, parseFilterCall(reader));
    else if (reader.at("is")) node = parseTest(reader, node);
    else return node;
  }
}

/** Parses the name and arguments of a filter. */
export function parseFilterCall(reader: Reader): FilterCall {
  const { start } = reader.peek();
  const name = dottedName(reader);
  const args = reader.at("(") ? parseArguments(reader) : NO_ARGUMENTS;
  const call = { name, args, start, end: reader.end };
  checkFilter(reader, call);
  return call;
}

function filtered(input: Node, call: FilterCall): Node {
  return { kind: "filter", input, call, start: input.start, end: call.end };
}

function parseTest(reader: Reader, input: Node): Node {
  reader.expect("is");
  const negated = reader.take("not");
  const { start } = reader.peek();
  const name = dottedName(reader);
  const call = { name, args: testArguments(reader), start, end: reader.end };
  checkTest(reader, call);
  return { kind: "test", input, call, negated, start: input.start, end: reader.end };
}

/** `is divisibleby(3)` or `is divisibleby 3`. */
function testArguments(reader: Reader): CallArguments {
  if (reader.at("(")) return parseArguments(reader);
  const token = reader.peek();
  if (reader.at("is")) throw reader.failure("tests cannot be chained with `is`", token.start);
  const starts = token.kind === "operator" ? ["[", "{"].includes(token.text) : token.kind !== "end";
  if (!starts || isKeyword(token)) return NO_ARGUMENTS;
  return { positional: [parsePostfix(reader, parsePrimary(reader))], named: [] };
}

function dottedName(reader: Reader): string {
  let name = reader.expectName().text;
  while (reader.take(".")) name += `.${reader.expectName().text}`;
  return name;
}
