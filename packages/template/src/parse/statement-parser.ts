import { SOURCE_LIMITS } from "../limits.ts";
import { nearest } from "../nearest.ts";
import { ParseFailure } from "../problem.ts";
import type { Piece, TagPiece } from "../scan/template-scanner.ts";
import { parseTargets, targetName } from "./arguments.ts";
import type { FilterCall, Node } from "./nodes.ts";
import { parseFilterCall } from "./pipes.ts";
import { isKeyword } from "./primary.ts";
import { Reader, type ReaderContext } from "./reader.ts";
import type { Branch, Statement, Target } from "./statements.ts";

/** Parses the pieces of a template into statements (L64). */
export class StatementParser {
  readonly #pieces: readonly Piece[];
  readonly #context: ReaderContext;
  #at = 0;
  #depth = 0;

  constructor(pieces: readonly Piece[], context: ReaderContext) {
    this.#pieces = pieces;
    this.#context = context;
  }

  template(): readonly Statement[] {
    const { statements, end } = this.#body([]);
    if (end !== null) throw this.#failure(`"${end.word}" ends nothing that was begun`, end.start);
    return statements;
  }

  /** Statements up to a tag that begins with one of the words; null at the end of the template. */
  #body(until: readonly string[]): { statements: Statement[]; end: EndTag | null } {
    const statements: Statement[] = [];
    for (let piece = this.#next(); piece !== undefined; piece = this.#next()) {
      if (piece.kind === "text") statements.push(piece);
      else {
        const reader = new Reader(piece.tokens, this.#context);
        if (piece.kind === "print") statements.push(printed(reader));
        else {
          const word = tagWord(reader);
          if (until.includes(word))
            return { statements, end: { word, reader, start: piece.start } };
          statements.push(this.#statement(word, reader, piece));
        }
      }
    }
    return { statements, end: null };
  }

  #next(): Piece | undefined {
    const piece = this.#pieces[this.#at];
    this.#at += 1;
    return piece;
  }

  #statement(word: string, reader: Reader, tag: TagPiece): Statement {
    this.#depth += 1;
    if (this.#depth > SOURCE_LIMITS.nesting) throw tooDeep(tag.start);
    const statement = this.#statementOf(word, reader, tag);
    this.#depth -= 1;
    return statement;
  }

  #statementOf(word: string, reader: Reader, tag: TagPiece): Statement {
    switch (word) {
      case "if":
        return this.#if(reader, tag);
      case "for":
        return this.#for(reader, tag);
      case "set":
        return this.#set(reader, tag);
      case "with":
        return this.#with(reader, tag);
      case "filter":
        return this.#filter(reader, tag);
      default:
        throw this.#unsupported(word, tag.start);
    }
  }

  /** The body of a statement and the tag that ends it. */
  #block(tag: TagPiece, opened: string, until: readonly string[]): Block {
    const { statements, end } = this.#body(until);
    if (end === null) throw this.#failure(`"${opened}" is never ended`, tag.start);
    return { statements, end };
  }

  #if(first: Reader, tag: TagPiece): Statement {
    const branches: Branch[] = [];
    let reader = first;
    for (;;) {
      const test = wholeExpression(reader);
      const { statements, end } = this.#block(tag, "if", ["elif", "else", "endif"]);
      branches.push({ test, body: statements });
      if (end.word !== "elif")
        return { kind: "if", branches, otherwise: this.#otherwise(tag, "if", end) };
      reader = end.reader;
    }
  }

  /** The `else` of an `if` or `for`, if there is one. */
  #otherwise(tag: TagPiece, opened: string, end: EndTag): readonly Statement[] {
    end.reader.expectEnd();
    if (end.word !== "else") return [];
    const last = this.#block(tag, opened, [`end${opened}`]);
    last.end.reader.expectEnd();
    return last.statements;
  }

  #for(reader: Reader, tag: TagPiece): Statement {
    const targets = parseTargets(reader);
    reader.expect("in");
    const source = sequence(reader, (inner) => inner.operand());
    const condition = reader.take("if") ? reader.expression() : null;
    if (reader.at("recursive")) {
      throw unsupported("recursive loops are not supported: nest `for` statements", tag.start);
    }
    reader.expectEnd();
    const { statements: body, end } = this.#block(tag, "for", ["else", "endfor"]);
    const otherwise = this.#otherwise(tag, "for", end);
    return { kind: "for", targets, source, condition, body, otherwise };
  }

  #set(reader: Reader, tag: TagPiece): Statement {
    const first = parseTarget(reader);
    const targets = [first];
    while (reader.take(",") && !reader.at("=")) targets.push(parseTarget(reader));
    if (reader.take("=")) {
      const value = sequence(reader, (inner) => inner.expression());
      reader.expectEnd();
      return { kind: "set", targets, value };
    }
    const filters = chain(reader);
    if (targets.length > 1) throw reader.unexpected('"=" was expected');
    return { kind: "capture", target: first, filters, body: this.#ended(tag, "set") };
  }

  #with(reader: Reader, tag: TagPiece): Statement {
    const bindings: { targets: readonly string[]; value: Node }[] = [];
    while (reader.peek().kind !== "end") {
      if (bindings.length > 0) reader.expect(",");
      const targets = [targetName(reader)];
      reader.expect("=");
      bindings.push({ targets, value: reader.expression() });
    }
    return { kind: "with", bindings, body: this.#ended(tag, "with") };
  }

  #filter(reader: Reader, tag: TagPiece): Statement {
    const filters = [parseFilterCall(reader), ...chain(reader)];
    return { kind: "filter", filters, body: this.#ended(tag, "filter") };
  }

  #ended(tag: TagPiece, opened: string): readonly Statement[] {
    const { statements, end } = this.#block(tag, opened, [`end${opened}`]);
    end.reader.expectEnd();
    return statements;
  }

  #failure(message: string, offset: number): ParseFailure {
    return new ParseFailure({ code: this.#context.code, message, offset, suggestions: [] });
  }

  #unsupported(word: string, offset: number): ParseFailure {
    const alternative = Object.hasOwn(ALTERNATIVES, word) ? ALTERNATIVES[word] : undefined;
    if (alternative !== undefined)
      return unsupported(`"${word}" is not supported: ${alternative}`, offset);
    if (/^(?:end\w+|else|elif)$/.test(word)) {
      return this.#failure(`"${word}" ends nothing that was begun`, offset);
    }
    return unsupported(`there is no statement "${word}"`, offset, nearest(word, STATEMENTS));
  }
}

type EndTag = { readonly word: string; readonly reader: Reader; readonly start: number };
type Block = { readonly statements: readonly Statement[]; readonly end: EndTag };

const STATEMENTS = ["if", "elif", "else", "for", "set", "with", "filter", "raw"];

const ALTERNATIVES: Readonly<Record<string, string>> = {
  include: "use include_file() or a file inclusion",
  import: "use a sub-pipeline",
  from: "use a sub-pipeline",
  extends: "use include_file() or a sub-pipeline",
  block: "write its content here",
  macro: "use `set`, `for` or a sub-pipeline",
  call: "use `filter` or a sub-pipeline",
  do: "use `set`: nothing can be changed in place",
  autoescape: "use the filter `escape`",
  trans: "write the text itself",
  print: "use {{ }}",
  break: "use `for … if`",
  continue: "use `for … if`",
};

function printed(reader: Reader): Statement {
  const value = sequence(reader, (inner) => inner.expression());
  reader.expectEnd();
  return { kind: "print", value };
}

function tagWord(reader: Reader): string {
  const token = reader.next();
  if (token.kind === "name") return token.text;
  throw reader.failure("a statement was expected", token.start);
}

function wholeExpression(reader: Reader): Node {
  const node = reader.expression();
  reader.expectEnd();
  return node;
}

/** `a, b` without brackets is a list, as in Jinja. */
function sequence(reader: Reader, parse: (reader: Reader) => Node): Node {
  const first = parse(reader);
  if (!reader.at(",")) return first;
  const items = [first];
  while (reader.take(",") && reader.peek().kind !== "end" && !isKeyword(reader.peek())) {
    items.push(parse(reader));
  }
  return { kind: "list", items, start: first.start, end: reader.end };
}

function parseTarget(reader: Reader): Target {
  const name = targetName(reader);
  return reader.take(".")
    ? { kind: "attribute", name, key: targetName(reader) }
    : { kind: "name", name };
}

/** `| upper | trim` up to the end of the tag. */
function chain(reader: Reader): readonly FilterCall[] {
  const calls: FilterCall[] = [];
  while (reader.take("|")) calls.push(parseFilterCall(reader));
  reader.expectEnd();
  return calls;
}

function tooDeep(offset: number): ParseFailure {
  const message = `nested deeper than ${SOURCE_LIMITS.nesting}`;
  return new ParseFailure({ code: "limit", message, offset, suggestions: [] });
}

function unsupported(
  message: string,
  offset: number,
  suggestions: readonly string[] = [],
): ParseFailure {
  return new ParseFailure({ code: "template_unsupported", message, offset, suggestions });
}
