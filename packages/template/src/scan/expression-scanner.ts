import { ParseFailure, type ProblemCode } from "../problem.ts";
import { numberLiteral } from "./number-literal.ts";
import { unescaped } from "./string-literal.ts";
import type { StringPart, Token } from "./token.ts";

/** What ends an expression: the end of the source, or the end of its tag. */
export type Terminator = "source" | "}}" | "%}";

/** How to scan. */
export type ScanOptions = {
  readonly until: Terminator;
  /** Names with a `-` (L46). */
  readonly joinable: ReadonlySet<string>;
  /** L75: `{{ e }}` stands for `(e)`, in a string for its text. */
  readonly embedding: boolean;
  readonly code: ProblemCode;
};

/** The tokens of one expression, `end` last; `end` is where its terminator starts. */
export type Scanned = { readonly tokens: readonly Token[]; readonly end: number };

const OPERATORS = /===|!==|\*\*|\/\/|==|!=|<=|>=|&&|\|\||[-+*/%~<>=!?:.,|()[\]{}]/y;
const SAME_AS: Readonly<Record<string, string>> = {
  "===": "==",
  "!==": "!=",
  "&&": "and",
  "||": "or",
};
const NAME = /[\p{ID_Start}_][\p{ID_Continue}]*/uy;
/** No name is longer (L16). */
const LONGEST_NAME = 128;
const JOINED = new RegExp(String.raw`[\w-]{1,${LONGEST_NAME + 1}}`, "y");
const SPACE = /\s+/y;
const COMMENT = /\{#[^]*?#\}/y;
const CLOSING: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

/** Scans the expression that starts at `start`. Throws a ParseFailure at what is no token. */
export function scanExpression(source: string, start: number, options: ScanOptions): Scanned {
  const tokens: Token[] = [];
  const open: string[] = [];
  let at = start;
  for (;;) {
    at = skipSpace(source, at, options);
    if (open.length === 0 && endsHere(source, at, options.until)) break;
    if (at >= source.length) throw unclosed(source, start, { open, options });
    const embedded = embeddedBracket(source, at, { open, options });
    const token = embedded ?? scanToken(source, at, { options, previous: tokens.at(-1) });
    if (embedded === null) track(token, open, options.code);
    tokens.push(token);
    at = token.end;
  }
  tokens.push({ kind: "end", text: "", start: at, end: at });
  return { tokens, end: at };
}

function skipSpace(source: string, at: number, { embedding }: ScanOptions): number {
  let next = matchAt(SPACE, source, at)?.end ?? at;
  if (!embedding) return next;
  let comment = matchAt(COMMENT, source, next);
  while (comment !== null) {
    next = matchAt(SPACE, source, comment.end)?.end ?? comment.end;
    comment = matchAt(COMMENT, source, next);
  }
  return next;
}

function endsHere(source: string, at: number, until: Terminator): boolean {
  if (until === "source") return at >= source.length;
  if (source.startsWith(until, at)) return true;
  const sign = source[at];
  const signs = until === "%}" ? "-+" : "-";
  return sign !== undefined && signs.includes(sign) && source.startsWith(until, at + 1);
}

/** The brackets that `{{` and `}}` are in a condition. */
function embeddedBracket(
  source: string,
  at: number,
  { open, options }: { open: string[]; options: ScanOptions },
): Token | null {
  if (!options.embedding) return null;
  if (source.startsWith("{{", at)) {
    open.push("}}");
    return operator("(", at, at + (/[-+]/.test(source[at + 2] ?? "") ? 3 : 2));
  }
  if (open.at(-1) !== "}}") return null;
  const sign = source[at] === "-" ? 1 : 0;
  if (!source.startsWith("}}", at + sign)) return null;
  open.pop();
  return operator(")", at, at + sign + 2);
}

function track(token: Token, open: string[], code: ProblemCode): void {
  if (token.kind !== "operator") return;
  const closing = CLOSING[token.text];
  if (closing !== undefined) open.push(closing);
  else if (")]}".includes(token.text) && open.pop() !== token.text) {
    throw failure(code, `"${token.text}" closes nothing that was opened`, token.start);
  }
}

function scanToken(
  source: string,
  at: number,
  { options, previous }: { options: ScanOptions; previous: Token | undefined },
): Token {
  const first = source[at] ?? "";
  if (first === "'" || first === '"') return stringToken(source, at, options);
  if (first >= "0" && first <= "9") {
    const number = numberLiteral(source, at, { afterDot: previous?.text === "." });
    if (!Number.isFinite(number.value))
      throw failure(options.code, "this number is beyond what a number can hold", at);
    return { kind: "number", text: source.slice(at, number.end), start: at, ...number };
  }
  const name = nameToken(source, at, options);
  if (name !== null) return name;
  const match = matchAt(OPERATORS, source, at);
  if (match === null) throw failure(options.code, `unexpected character "${first}"`, at);
  return operator(SAME_AS[match.text] ?? match.text, at, match.end);
}

function nameToken(source: string, at: number, { joinable }: ScanOptions): Token | null {
  const dollar = source[at] === "$";
  const start = dollar ? at + 1 : at;
  const name = matchAt(NAME, source, start);
  if (name === null) return null;
  const text =
    joinable.size === 0 ? name.text : joinedName(source, start, { joinable, name: name.text });
  return { kind: "name", text, dollar, start: at, end: start + text.length };
}

/** L46: the longest run that is a known name with a `-`. */
function joinedName(
  source: string,
  start: number,
  { joinable, name }: { joinable: ReadonlySet<string>; name: string },
): string {
  let run = matchAt(JOINED, source, start)?.text ?? name;
  // Cut off somewhere, it may end within a name.
  if (run.length > LONGEST_NAME) run = run.slice(0, Math.max(run.lastIndexOf("-"), 0));
  while (run.length > name.length) {
    if (joinable.has(run)) return run;
    run = run.slice(0, Math.max(run.lastIndexOf("-"), 0));
  }
  return name;
}

function stringToken(source: string, start: number, options: ScanOptions): Token {
  const quote = source[start] ?? "";
  const parts: StringPart[] = [];
  let from = start + 1;
  let at = from;
  while (source[at] !== quote) {
    if (at >= source.length) throw failure(options.code, "this string is never closed", start);
    if (options.embedding && source.startsWith("{{", at)) {
      parts.push(unescaped(source.slice(from, at)));
      const inner = scanExpression(source, at + 2, { ...options, until: "}}", embedding: false });
      parts.push(inner.tokens);
      at = source.indexOf("}}", inner.end) + 2;
      from = at;
    } else {
      at += source[at] === "\\" ? 2 : 1;
    }
  }
  const tail = unescaped(source.slice(from, at));
  return {
    kind: "string",
    text: source.slice(start, at + 1),
    value: tail,
    parts: parts.length === 0 ? null : [...parts, tail],
    start,
    end: at + 1,
  };
}

function unclosed(
  source: string,
  start: number,
  { open, options }: { open: readonly string[]; options: ScanOptions },
): ParseFailure {
  const wanted = open.at(-1) ?? options.until;
  return failure(options.code, `"${wanted}" is missing`, Math.min(start, source.length));
}

function matchAt(
  pattern: RegExp,
  source: string,
  at: number,
): { text: string; end: number } | null {
  pattern.lastIndex = at;
  const text = pattern.exec(source)?.[0];
  return text === undefined ? null : { text, end: at + text.length };
}

function operator(text: string, start: number, end: number): Token {
  return { kind: "operator", text, start, end };
}

function failure(code: ProblemCode, message: string, offset: number): ParseFailure {
  return new ParseFailure({ code, message, offset, suggestions: [] });
}
