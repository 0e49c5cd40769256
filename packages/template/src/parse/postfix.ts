import { parseArguments } from "./arguments.ts";
import { checkKey, checkMethod } from "./checks.ts";
import type { Node } from "./nodes.ts";
import type { Reader } from "./reader.ts";

/** Parses what follows a value directly: `.name`, `[i]`, `[a:b:c]`, `.method()` (L65). */
export function parsePostfix(reader: Reader, first: Node): Node {
  let node = first;
  for (;;) {
    if (reader.at(".")) node = parseDot(reader, node);
    else if (reader.at("[")) node = parseSubscript(reader, node);
    else if (reader.at("(")) {
      throw reader.failure("only functions and methods can be called", reader.peek().start);
    } else return node;
  }
}

function parseDot(reader: Reader, target: Node): Node {
  reader.expect(".");
  const token = reader.next();
  const { start } = target;
  if (token.kind === "number" && Number.isInteger(token.value)) {
    return { kind: "field", target, key: token.value, start, end: token.end };
  }
  if (token.kind !== "name") throw reader.failure("a name or an index was expected", token.start);
  checkKey(reader, { key: token.text, start: token.start });
  if (!reader.at("(")) return { kind: "field", target, key: token.text, start, end: token.end };
  checkMethod(reader, { method: token.text, start: token.start });
  const args = parseArguments(reader);
  return { kind: "method", target, method: token.text, args, start, end: reader.end };
}

function parseSubscript(reader: Reader, target: Node): Node {
  reader.expect("[");
  const from = reader.at(":") ? null : reader.expression();
  if (!reader.at(":")) {
    if (from === null) throw reader.unexpected("an index was expected");
    reader.expect("]");
    return subscript(reader, target, from);
  }
  reader.next();
  const to = optionalBound(reader);
  const step = reader.take(":") ? optionalBound(reader) : null;
  reader.expect("]");
  return { kind: "slice", target, from, to, step, start: target.start, end: reader.end };
}

function optionalBound(reader: Reader): Node | null {
  return reader.at(":") || reader.at("]") ? null : reader.expression();
}

function subscript(reader: Reader, target: Node, index: Node): Node {
  const key = constantKey(index);
  const { start } = target;
  if (key === null) return { kind: "item", target, index, start, end: reader.end };
  if (typeof key === "string") checkKey(reader, { key, start: index.start });
  return { kind: "field", target, key, start, end: reader.end };
}

/** The key that an index is, when it needs no evaluation. */
function constantKey(index: Node): string | number | null {
  if (index.kind === "negate" && index.operand.kind === "literal") {
    const { value } = index.operand;
    return typeof value === "number" ? -value : null;
  }
  if (index.kind !== "literal") return null;
  return typeof index.value === "string" || typeof index.value === "number" ? index.value : null;
}
