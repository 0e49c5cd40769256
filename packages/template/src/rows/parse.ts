import { SOURCE_LIMITS } from "../limits.ts";
import type { Node } from "../parse/nodes.ts";
import { Reader } from "../parse/reader.ts";
import { checkDepth, collecting, readerContext } from "../parse/template.ts";
import { ParseFailure, type Parsed } from "../problem.ts";
import { scanExpression } from "../scan/expression-scanner.ts";

/** A bare expression over the columns of a row (L197). */
export type Expression = {
  readonly kind: "expression";
  readonly source: string;
  readonly node: Node;
};

const NO_NAMES: ReadonlySet<string> = new Set();

/** Parses a row expression. */
export function parseRowExpression(source: string): Parsed<Expression> {
  return collecting("template_syntax", (problems) => {
    if (source.length > SOURCE_LIMITS.conditionCharacters) throw tooLong();
    const { tokens } = scanExpression(source, 0, {
      until: "source",
      joinable: NO_NAMES,
      embedding: false,
      code: "template_syntax",
    });
    const reader = new Reader(
      tokens,
      readerContext(source, { problems, bound: NO_NAMES, row: true }),
    );
    const node = reader.expression();
    reader.expectEnd();
    checkDepth(node);
    return { kind: "expression", source, node };
  });
}

function tooLong(): ParseFailure {
  const message = `a row expression has at most ${SOURCE_LIMITS.conditionCharacters} characters`;
  return new ParseFailure({ code: "limit", message, offset: 0, suggestions: [] });
}
