import { SOURCE_LIMITS } from "../limits.ts";
import { expressionsOf } from "../parse/expressions-of.ts";
import { measure } from "../parse/measure.ts";
import type { Node } from "../parse/nodes.ts";
import { Reader } from "../parse/reader.ts";
import {
  collecting,
  parseTemplate,
  type ParseOptions,
  readerContext,
  type Template,
} from "../parse/template.ts";
import { ParseFailure, type Parsed } from "../problem.ts";
import { scanExpression } from "../scan/expression-scanner.ts";

/** A parsed condition (L75). */
export type Condition =
  | {
      readonly kind: "condition";
      readonly form: "constant";
      readonly source: string;
      readonly verdict: boolean;
    }
  | {
      readonly kind: "condition";
      readonly form: "expression";
      readonly source: string;
      readonly node: Node;
    }
  /** A template with `{% %}`: its text is the verdict. */
  | {
      readonly kind: "condition";
      readonly form: "template";
      readonly source: string;
      readonly template: Template;
    };

const NO_NAMES: ReadonlySet<string> = new Set();

/** Parses a condition: a boolean, an expression in which `{{ e }}` stands for `(e)`, or a template (L75, L79). */
export function parseCondition(
  source: string | boolean,
  options: ParseOptions = {},
): Parsed<Condition> {
  if (typeof source === "boolean") {
    const condition: Condition = {
      kind: "condition",
      form: "constant",
      source: String(source),
      verdict: source,
    };
    return { kind: "parsed", value: condition };
  }
  if (source.length > SOURCE_LIMITS.conditionCharacters) {
    return refusedLimit(`a condition has at most ${SOURCE_LIMITS.conditionCharacters} characters`);
  }
  if (source.includes("{%")) return templateCondition(source, options);
  return collecting("condition_syntax", (problems) => {
    const node = parseConditionExpression(source, { options, problems });
    return { kind: "condition", form: "expression", source, node };
  });
}

function templateCondition(source: string, options: ParseOptions): Parsed<Condition> {
  const parsed = parseTemplate(source, options);
  if (parsed.kind === "refused") return parsed;
  const problem = boundProblem(expressionsOf(parsed.value.body));
  if (problem !== null) return refusedLimit(problem);
  const condition: Condition = {
    kind: "condition",
    form: "template",
    source,
    template: parsed.value,
  };
  return { kind: "parsed", value: condition };
}

type Parsing = {
  readonly options: ParseOptions;
  readonly problems: Parameters<typeof readerContext>[1]["problems"];
};

/** Parses an expression within the bounds of conditions; throws a ParseFailure. */
export function parseConditionExpression(source: string, { options, problems }: Parsing): Node {
  if (source.trim() === "") throw failure("condition_syntax", "the condition is empty");
  const { tokens } = scanExpression(source, 0, {
    until: "source",
    joinable: options.joinable ?? NO_NAMES,
    embedding: true,
    code: "condition_syntax",
  });
  const context = readerContext(source, {
    problems,
    bound: options.bound ?? NO_NAMES,
    code: "condition_syntax",
  });
  const reader = new Reader(tokens, context);
  const node = reader.expression();
  reader.expectEnd();
  const problem = boundProblem([node]);
  if (problem !== null) throw failure("limit", problem);
  return node;
}

/** L79: what is too much of a condition. */
function boundProblem(expressions: readonly Node[]): string | null {
  const sizes = expressions.map((expression) => measure(expression));
  const { conditionNodes, conditionDepth } = SOURCE_LIMITS;
  if (sizes.reduce((sum, { nodes }) => sum + nodes, 0) > conditionNodes)
    return `a condition has at most ${conditionNodes} nodes`;
  return sizes.some(({ depth }) => depth > conditionDepth)
    ? `a condition is at most ${conditionDepth} deep`
    : null;
}

function failure(code: "condition_syntax" | "limit", message: string): ParseFailure {
  return new ParseFailure({ code, message, offset: 0, suggestions: [] });
}

function refusedLimit(message: string): Parsed<Condition> {
  return { kind: "refused", problems: [{ code: "limit", message, offset: 0, suggestions: [] }] };
}
