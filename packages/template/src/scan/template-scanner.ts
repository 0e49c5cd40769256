import { ParseFailure } from "../problem.ts";
import { scanExpression } from "./expression-scanner.ts";
import type { Token } from "./token.ts";

/** A template in pieces: text, `{{ … }}`, `{% … %}`; comments are gone, `raw` is text. */
export type Piece = { readonly kind: "text"; readonly text: string } | TagPiece;

/** The tokens of a tag and where it stands. */
export type TagPiece = {
  readonly kind: "print" | "tag";
  readonly tokens: readonly Token[];
  readonly start: number;
  readonly end: number;
};

const RAW = /\{%[-+]?\s*raw\s*(-%\}\s*|%\})/y;
const END_RAW = /\{%([-+]?)\s*endraw\s*(\+%\}|-%\}\s*|%\}\n?)/g;
const COMMENT = /(\+#\}|-#\}\s*|#\}\n?)/g;
const PRINT_END = /-\}\}\s*|\}\}/y;
const TAG_END = /\+%\}|-%\}\s*|%\}\n?/y;
const OPENING = /\{[{%#]/g;

/** Whether a text has template markup at all (L58). */
export function hasMarkup(source: string): boolean {
  return source.includes("{{") || source.includes("{%") || source.includes("{#");
}

/** Splits a template with `trim_blocks` and `lstrip_blocks` on (L57). Throws a ParseFailure. */
export function scanTemplate(source: string, joinable: ReadonlySet<string>): readonly Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (;;) {
    OPENING.lastIndex = at;
    const opening = OPENING.exec(source);
    if (opening === null) break;
    const start = opening.index;
    const text = textBefore(source, { from: at, to: start, print: opening[0] === "{{" });
    if (text !== "") pieces.push({ kind: "text", text });
    const scanned = scanMarkup(source, start, joinable);
    if (scanned.piece !== null) pieces.push(scanned.piece);
    at = scanned.next;
  }
  if (at < source.length) pieces.push({ kind: "text", text: source.slice(at) });
  return pieces;
}

/** The text before a tag: `-` strips its end; a tag alone at its line's start takes the blanks before it along. */
function textBefore(
  source: string,
  { from, to, print }: { from: number; to: number; print: boolean },
): string {
  const text = source.slice(from, to);
  const sign = source[to + 2];
  if (sign === "-") return text.trimEnd();
  if (sign === "+" || print) return text;
  const line = text.lastIndexOf("\n") + 1;
  const startsLine = line > 0 || from === 0 || source[from - 1] === "\n";
  const blanks = text.slice(line);
  return startsLine && blanks !== "" && blanks.trim() === "" ? text.slice(0, line) : text;
}

type ScannedMarkup = { readonly piece: Piece | null; readonly next: number };

function scanMarkup(source: string, start: number, joinable: ReadonlySet<string>): ScannedMarkup {
  if (source[start + 1] === "#") return scanComment(source, start);
  RAW.lastIndex = start;
  const raw = RAW.exec(source);
  if (raw !== null) return scanRaw(source, start, start + raw[0].length);
  const print = source[start + 1] === "{";
  const sign = /[-+]/.test(source[start + 2] ?? "") ? 1 : 0;
  const { tokens, end } = scanExpression(source, start + 2 + sign, {
    until: print ? "}}" : "%}",
    joinable,
    embedding: false,
    code: "template_syntax",
  });
  const closing = print ? PRINT_END : TAG_END;
  closing.lastIndex = end;
  const next = end + (closing.exec(source)?.[0].length ?? 2);
  const piece: TagPiece = { kind: print ? "print" : "tag", tokens, start, end: next };
  return { piece, next };
}

function scanComment(source: string, start: number): ScannedMarkup {
  COMMENT.lastIndex = start + 2;
  const end = COMMENT.exec(source);
  if (end === null) throw neverClosed("comment", start);
  return { piece: null, next: end.index + end[0].length };
}

function scanRaw(source: string, start: number, from: number): ScannedMarkup {
  END_RAW.lastIndex = from;
  const end = END_RAW.exec(source);
  if (end === null) throw neverClosed("raw block", start);
  const text = textBefore(source, { from, to: end.index, print: false });
  return { piece: { kind: "text", text }, next: end.index + end[0].length };
}

function neverClosed(what: string, offset: number): ParseFailure {
  return new ParseFailure({
    code: "template_syntax",
    message: `this ${what} is never closed`,
    offset,
    suggestions: [],
  });
}
