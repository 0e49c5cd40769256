import { ParseFailure } from "../problem.ts";
import { checkKey } from "./checks.ts";
import type { CallArguments, Node } from "./nodes.ts";
import type { Reader } from "./reader.ts";

/** Parses `(a, b, name=c)`, or a comprehension as the only argument (L62). */
export function parseArguments(reader: Reader): CallArguments {
  reader.expect("(");
  const positional: Node[] = [];
  const named: [string, Node][] = [];
  while (!reader.at(")")) {
    refuseSpread(reader);
    if (reader.peek().kind === "name" && reader.at("=", 1)) {
      const { text } = reader.next();
      reader.next();
      named.push([text, reader.expression()]);
    } else {
      if (named.length > 0) throw reader.unexpected("`name=value` was expected");
      positional.push(parseArgument(reader, positional.length === 0));
    }
    if (!reader.take(",")) break;
  }
  reader.expect(")");
  return { positional, named };
}

function parseArgument(reader: Reader, first: boolean): Node {
  const node = reader.expression();
  return first && reader.at("for") ? parseComprehension(reader, node) : node;
}

function refuseSpread(reader: Reader): void {
  if (!reader.at("*") && !reader.at("**")) return;
  throw new ParseFailure({
    code: "template_unsupported",
    message: "`*` and `**` arguments are not supported: write the arguments out",
    offset: reader.peek().start,
    suggestions: [],
  });
}

/** Parses `for x in s if c` after the element. */
export function parseComprehension(reader: Reader, element: Node): Node {
  reader.expect("for");
  const targets = parseTargets(reader);
  reader.expect("in");
  const source = reader.operand();
  const condition = reader.take("if") ? reader.operand() : null;
  const { start } = element;
  return { kind: "comprehension", element, targets, source, condition, start, end: reader.end };
}

/** Parses the names that a `for` binds: `x`, `x, y` or `(x, y)`. */
export function parseTargets(reader: Reader): readonly string[] {
  const bracketed = reader.take("(");
  const targets = [targetName(reader)];
  while (reader.take(",") && !reader.at("in")) targets.push(targetName(reader));
  if (bracketed) reader.expect(")");
  return targets;
}

/** Parses a name that a statement binds. */
export function targetName(reader: Reader): string {
  const { text, start } = reader.expectName();
  checkKey(reader, { key: text, start });
  return text;
}
