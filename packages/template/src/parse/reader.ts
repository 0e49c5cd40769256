import { SOURCE_LIMITS } from "../limits.ts";
import { ParseFailure, type ProblemCode, type TemplateProblem } from "../problem.ts";
import type { Token } from "../scan/token.ts";
import type { Node } from "./nodes.ts";

/** What a parser is told about the place of an expression. */
export type ReaderContext = {
  readonly source: string;
  /** Names of steps, inputs and so on that are names of globals too. */
  readonly bound: ReadonlySet<string>;
  /** A row expression (L197): no functions of the run, but DATE_FORMAT. */
  readonly row: boolean;
  /** Code of what cannot be read. */
  readonly code: ProblemCode;
  /** Where problems that do not end the parse are collected. */
  readonly problems: TemplateProblem[];
  /** The grammar; passed in, as brackets hold whole expressions again. */
  readonly grammar: Grammar;
};

/** The entry points of the expression grammar. */
export type Grammar = {
  readonly expression: (reader: Reader) => Node;
  /** Without a trailing `if` (the list of a `for`). */
  readonly operand: (reader: Reader) => Node;
};

/** Reads the tokens of one expression. */
export class Reader {
  readonly context: ReaderContext;
  readonly #tokens: readonly Token[];
  readonly #end: Token;
  #at = 0;
  #depth: number;

  constructor(tokens: readonly Token[], context: ReaderContext, depth = 0) {
    this.context = context;
    this.#tokens = tokens;
    this.#depth = depth;
    this.#end = { kind: "end", text: "", start: context.source.length, end: context.source.length };
  }

  peek(ahead = 0): Token {
    return this.#tokens[this.#at + ahead] ?? this.#tokens.at(-1) ?? this.#end;
  }

  next(): Token {
    const token = this.peek();
    this.#at += 1;
    return token;
  }

  /** Where the token read last ends. */
  get end(): number {
    return this.#tokens[this.#at - 1]?.end ?? 0;
  }

  /** Whether the next token is this word or sign. */
  at(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.text === text && token.kind !== "string" && token.kind !== "end";
  }

  take(text: string): boolean {
    const found = this.at(text);
    if (found) this.#at += 1;
    return found;
  }

  expect(text: string): Token {
    if (!this.at(text)) throw this.unexpected(`"${text}" was expected`);
    return this.next();
  }

  expectName(): Extract<Token, { kind: "name" }> {
    const token = this.next();
    if (token.kind !== "name") throw this.failure("a name was expected", token.start);
    return token;
  }

  expectEnd(): void {
    if (this.peek().kind === "end") return;
    if (this.at("=")) {
      throw this.failure("an expression cannot assign; `==` compares", this.peek().start);
    }
    throw this.unexpected("the end of the expression was expected");
  }

  expression(): Node {
    return this.nested(this.context.grammar.expression);
  }

  operand(): Node {
    return this.nested(this.context.grammar.operand);
  }

  /** Parses one level deeper (L60). */
  nested(parse: (reader: Reader) => Node): Node {
    this.#depth += 1;
    if (this.#depth > SOURCE_LIMITS.nesting) {
      throw new ParseFailure({
        code: "limit",
        message: `nested deeper than ${SOURCE_LIMITS.nesting}`,
        offset: this.peek().start,
        suggestions: [],
      });
    }
    const node = parse(this);
    this.#depth -= 1;
    return node;
  }

  /** A reader for tokens inside this expression. */
  inner(tokens: readonly Token[]): Reader {
    return new Reader(tokens, this.context, this.#depth);
  }

  /** Notes a problem that lets the parse go on. */
  report(
    problem: Omit<TemplateProblem, "suggestions"> & { suggestions?: readonly string[] },
  ): void {
    this.context.problems.push({ suggestions: [], ...problem });
  }

  unexpected(wanted: string): ParseFailure {
    const token = this.peek();
    const found = token.kind === "end" ? "the end" : token.text;
    return this.failure(`${wanted}, found ${found}`, token.start);
  }

  failure(message: string, offset: number): ParseFailure {
    return new ParseFailure({ code: this.context.code, message, offset, suggestions: [] });
  }
}
