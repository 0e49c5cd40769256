import { JSON_LOADS } from "../globals/names.ts";
import type { StringPart, Token } from "../scan/token.ts";
import { parseArguments, parseComprehension } from "./arguments.ts";
import { checkCall, checkName } from "./checks.ts";
import type { Node } from "./nodes.ts";
import type { Reader } from "./reader.ts";

/** Parses a literal, a name, a call of a function, or something in brackets. */
export function parsePrimary(reader: Reader): Node {
  const token = reader.peek();
  switch (token.kind) {
    case "name":
      return parseName(reader, token);
    case "number":
      reader.next();
      return { kind: "literal", value: token.value, start: token.start, end: token.end };
    case "string":
      return parseString(reader);
    case "operator":
      return parseBracket(reader, token);
    case "end":
      throw reader.unexpected("an expression was expected");
  }
}

const CONSTANTS: ReadonlyMap<string, null | boolean> = new Map([
  ["true", true],
  ["True", true],
  ["false", false],
  ["False", false],
  ["none", null],
  ["None", null],
  ["null", null],
]);

/** L16: never names of anything. */
const KEYWORDS = new Set(["and", "or", "not", "in", "is", "if", "else", "elif", "for"]);

/** Whether a token is a word of the grammar. */
export function isKeyword(token: Token): boolean {
  return KEYWORDS.has(token.text) && token.kind !== "string";
}

function parseName(reader: Reader, token: Extract<Token, { kind: "name" }>): Node {
  if (isKeyword(token)) throw reader.unexpected("an expression was expected");
  reader.next();
  const { text, dollar, start } = token;
  const constant = dollar ? undefined : CONSTANTS.get(text);
  if (constant !== undefined) return { kind: "literal", value: constant, start, end: token.end };
  if (reader.at("(")) return parseCall(reader, { name: text, start });
  if (isLoads(reader, text)) {
    reader.next();
    reader.next();
    return parseCall(reader, { name: JSON_LOADS, start });
  }
  if (reader.peek().kind === "string" && reader.peek().start === token.end) {
    throw reader.failure("prefixed strings (f-strings) are not supported; join with `~`", start);
  }
  if (text === "lambda") throw reader.failure("lambda is not supported", start);
  checkName(reader, { name: text, start });
  return { kind: "name", name: text, dollar, start, end: token.end };
}

/** `json.loads(x)` (L62). */
function isLoads(reader: Reader, name: string): boolean {
  return name === "json" && reader.at(".") && reader.at("loads", 1) && reader.at("(", 2);
}

function parseCall(reader: Reader, { name, start }: { name: string; start: number }): Node {
  const args = parseArguments(reader);
  checkCall(reader, { name, args, start });
  return { kind: "call", name, args, start, end: reader.end };
}

/** Strings side by side are one string. */
function parseString(reader: Reader): Node {
  const { start } = reader.peek();
  const parts: StringPart[] = [];
  for (let token = reader.peek(); token.kind === "string"; token = reader.peek()) {
    reader.next();
    parts.push(...(token.parts ?? [token.value]));
  }
  const end = reader.end;
  if (parts.every((part) => typeof part === "string")) {
    return { kind: "literal", value: parts.join(""), start, end };
  }
  return { kind: "concat", parts: parts.map((part) => partNode(reader, part, start)), start, end };
}

function partNode(reader: Reader, part: StringPart, start: number): Node {
  if (typeof part === "string") return { kind: "literal", value: part, start, end: start };
  const inner = reader.inner(part);
  const node = inner.expression();
  inner.expectEnd();
  return node;
}

function parseBracket(reader: Reader, token: Token): Node {
  if (token.text === "(") return parseParentheses(reader);
  if (token.text === "[") return parseList(reader);
  if (token.text === "{") return parseMapping(reader);
  throw reader.unexpected("an expression was expected");
}

function parseParentheses(reader: Reader): Node {
  const { start } = reader.next();
  if (reader.take(")")) return { kind: "list", items: [], start, end: reader.end };
  const first = reader.expression();
  if (reader.at("for")) {
    const sequence = parseComprehension(reader, first);
    reader.expect(")");
    return { ...sequence, start, end: reader.end };
  }
  if (!reader.at(",")) {
    reader.expect(")");
    // The brackets that `{{ }}` is in a condition are no part of what it holds.
    const bracketed = reader.context.source[start] === "(";
    return bracketed ? { ...first, start, end: reader.end } : first;
  }
  const items = [first, ...moreItems(reader, ")")];
  reader.expect(")");
  return { kind: "list", items, start, end: reader.end };
}

function parseList(reader: Reader): Node {
  const { start } = reader.next();
  if (reader.take("]")) return { kind: "list", items: [], start, end: reader.end };
  const first = reader.expression();
  if (reader.at("for")) {
    const sequence = parseComprehension(reader, first);
    reader.expect("]");
    return { ...sequence, start, end: reader.end };
  }
  const items = [first, ...moreItems(reader, "]")];
  reader.expect("]");
  return { kind: "list", items, start, end: reader.end };
}

/** The items after the first, up to the closing bracket; a last comma is allowed. */
function moreItems(reader: Reader, closing: string): Node[] {
  const items: Node[] = [];
  while (reader.take(",") && !reader.at(closing)) items.push(reader.expression());
  return items;
}

function parseMapping(reader: Reader): Node {
  const { start } = reader.next();
  const entries: [Node, Node][] = [];
  while (!reader.at("}")) {
    const key = reader.expression();
    reader.expect(":");
    entries.push([key, reader.expression()]);
    if (!reader.take(",")) break;
  }
  reader.expect("}");
  return { kind: "mapping", entries, start, end: reader.end };
}
