import { SOURCE_LIMITS } from "../limits.ts";
import { ParseFailure, type Parsed, type ProblemCode, type TemplateProblem } from "../problem.ts";
import { hasMarkup, type Piece, scanTemplate } from "../scan/template-scanner.ts";
import { utf8Length } from "../values/characters.ts";
import { GRAMMAR } from "./expression.ts";
import { expressionsOf } from "./expressions-of.ts";
import { measure } from "./measure.ts";
import type { Node } from "./nodes.ts";
import type { ReaderContext } from "./reader.ts";
import { StatementParser } from "./statement-parser.ts";
import type { Statement } from "./statements.ts";

/** A parsed template; made once, rendered often. */
export type Template = {
  readonly kind: "template";
  readonly source: string;
  /** L58: without markup it is its own value. */
  readonly literal: boolean;
  /** L53: the template is exactly one `{{ expr }}` and yields the value of this. */
  readonly native: Node | null;
  readonly body: readonly Statement[];
};

/** What a parser is told about names. */
export type ParseOptions = {
  /** Names with a `-` in scope (L46). */
  readonly joinable?: ReadonlySet<string>;
  /** Names in scope that are also names of functions (`max`, `range`): bare, they are references (L74). */
  readonly bound?: ReadonlySet<string>;
};

const NO_NAMES: ReadonlySet<string> = new Set();

/** Parses a rendered text (§6). */
export function parseTemplate(source: string, options: ParseOptions = {}): Parsed<Template> {
  if (!hasMarkup(source)) return { kind: "parsed", value: literalTemplate(source) };
  return collecting("template_syntax", (problems) => {
    if (utf8Length(source) > SOURCE_LIMITS.templateBytes) throw tooLarge();
    const pieces = scanTemplate(source, options.joinable ?? NO_NAMES);
    const context = readerContext(source, { problems, bound: options.bound ?? NO_NAMES });
    const body = new StatementParser(pieces, context).template();
    for (const expression of expressionsOf(body)) checkDepth(expression);
    return {
      kind: "template",
      source,
      literal: false,
      native: nativeOf(pieces, body, source),
      body,
    };
  });
}

function literalTemplate(source: string): Template {
  return {
    kind: "template",
    source,
    literal: true,
    native: null,
    body: [{ kind: "text", text: source }],
  };
}

/** The context of an expression that stands in a template or condition. */
export function readerContext(
  source: string,
  options: Pick<ReaderContext, "problems" | "bound"> & { row?: boolean; code?: ProblemCode },
): ReaderContext {
  return { source, row: false, code: "template_syntax", grammar: GRAMMAR, ...options };
}

/** Runs a parser and gives what it made, or every problem found on the way. */
export function collecting<T>(
  code: ProblemCode,
  parse: (problems: TemplateProblem[]) => T,
): Parsed<T> {
  const problems: TemplateProblem[] = [];
  try {
    const value = parse(problems);
    return problems.length === 0 ? { kind: "parsed", value } : { kind: "refused", problems };
  } catch (error) {
    if (!(error instanceof ParseFailure)) throw error;
    const problem =
      error.problem.code === "template_syntax" ? { ...error.problem, code } : error.problem;
    return { kind: "refused", problems: [...problems, problem] };
  }
}

/** Refuses what would be walked too deep. */
export function checkDepth(expression: Node): void {
  if (measure(expression).depth <= SOURCE_LIMITS.chain) return;
  const message = `an expression deeper than ${SOURCE_LIMITS.chain}`;
  throw new ParseFailure({ code: "limit", message, offset: expression.start, suggestions: [] });
}

function nativeOf(
  pieces: readonly Piece[],
  body: readonly Statement[],
  source: string,
): Node | null {
  const [piece] = pieces;
  const [statement] = body;
  if (pieces.length !== 1 || piece?.kind !== "print" || statement?.kind !== "print") return null;
  return piece.start === 0 && source.endsWith("}}") && piece.end === source.length
    ? statement.value
    : null;
}

function tooLarge(): ParseFailure {
  const message = `a template has at most ${SOURCE_LIMITS.templateBytes} bytes`;
  return new ParseFailure({ code: "limit", message, offset: 0, suggestions: [] });
}
