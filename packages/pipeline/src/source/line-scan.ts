import { LIMITS } from "../limits.ts";

/** What kind of scalar a tag stands in. */
export type RegionStyle = "plain" | "single" | "double" | "block";

/** The part of a scalar from an `<AUTO` on. */
export type Region = {
  readonly kind: "auto";
  readonly offset: number;
  /** End of its scalar at most: the rest of its line and the lines indented deeper than its key. */
  readonly end: number;
  readonly style: RegionStyle;
  /** Says where the scan goes on. */
  readonly resumeAt: (offset: number) => void;
};

/** A plain scalar that begins with `{{` or `{%`. */
export type BareTemplate = { readonly kind: "template"; readonly offset: number };

/** Flow or compact collections nested deeper than YAML may be (L218): the scan ends there. */
export type TooDeep = { readonly kind: "depth"; readonly offset: number };

/** Walk over a YAML text knowing comments, quoting and block scalars, and yield what is of interest in its scalars. */
export function* lineScan(text: string): Generator<Region | BareTemplate | TooDeep> {
  const scan: Scan = {
    text,
    at: 0,
    keyIndent: -1,
    block: false,
    quote: "",
    flow: 0,
    valueStart: true,
    regionEnd: -1,
    nextAuto: -1,
  };
  while (scan.at < text.length) {
    const dashes = enterLine(scan);
    if (dashes <= LIMITS.yamlDepth) {
      yield* scan.block ? blockLine(scan) : structureLine(scan);
    }
    if (dashes > LIMITS.yamlDepth || scan.flow > LIMITS.yamlDepth) {
      yield { kind: "depth", offset: Math.max(0, scan.at - 1) };
      return;
    }
    scan.at = lineEnd(text, scan.at) + 1;
  }
}

type Scan = {
  readonly text: string;
  at: number;
  /** Column of the key or dash that owns what is read. */
  keyIndent: number;
  block: boolean;
  quote: "" | "'" | '"';
  flow: number;
  /** The next token begins a value. */
  valueStart: boolean;
  /** Of the current key; -1 when it is not known yet. */
  regionEnd: number;
  /** The next `<AUTO` from here on, or the end; -1 when it is not known yet. */
  nextAuto: number;
};

const AUTO = "<AUTO";
const AFTER_AUTO = /[\s>/]/;
const KEY =
  /(?:(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\n]|'')*'|<<)[ \t]*|[^\s#'"[\]{},<&*!|>%@`][^\n<#]*?):(?=[ \t\n]|$)/y;
const DASH = /(?:[-?](?=[ \t\n]|$)|---(?=\s|$))[ \t]*/y;
const BLOCK_HEADER = /[|>][-+0-9]{0,2}[ \t]*(?:#[^\n]*)?(?=\n|$)/y;
const PROPERTY = /[&!][^\s,[\]{}]*/y;

function lineEnd(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end === -1 ? text.length : end;
}

function indentAt(text: string, from: number): number {
  let at = from;
  while (text[at] === " ") {
    at += 1;
  }
  return at - from;
}

function isBlank(text: string, from: number): boolean {
  return text.slice(from, lineEnd(text, from)).trim() === "";
}

/** At the start of a line: leave a block scalar that ends here, and find the key or dash that owns the line. Gives the number of dashes. */
function enterLine(scan: Scan): number {
  const { text, at } = scan;
  if (isBlank(text, at)) {
    return 0;
  }
  const indent = indentAt(text, at);
  if (scan.block && indent > scan.keyIndent) {
    return 0;
  }
  if (scan.quote !== "" || scan.flow > 0) {
    scan.at = at + indent;
    return 0;
  }
  scan.block = false;
  scan.at = at + indent;
  const column = (): number => scan.at - at;
  let dashes = 0;
  for (let dash = tokenAt(DASH, scan); dash !== undefined; dash = tokenAt(DASH, scan)) {
    own(scan, column());
    scan.at += dash.length;
    dashes += 1;
  }
  const key = tokenAt(KEY, scan);
  if (key !== undefined) {
    own(scan, column());
    scan.at += key.length;
  }
  return dashes;
}

function own(scan: Scan, column: number): void {
  scan.keyIndent = column;
  scan.valueStart = true;
  scan.regionEnd = -1;
}

function tokenAt(pattern: RegExp, { text, at }: Scan): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

function* blockLine(scan: Scan): Generator<Region> {
  const { text } = scan;
  for (let found = nextAuto(scan); found < lineEnd(text, scan.at); found = nextAuto(scan)) {
    scan.at = found;
    yield* regionHere(scan, "block");
  }
}

/** Looked up once for each tag, so that a scan stays linear. */
function nextAuto(scan: Scan): number {
  if (scan.nextAuto < scan.at) {
    const found = scan.text.indexOf(AUTO, scan.at);
    scan.nextAuto = found === -1 ? scan.text.length : found;
  }
  return scan.nextAuto;
}

/** Yields the tag here when it is one, and goes on where the reader says, else behind it. */
function* regionHere(scan: Scan, style: RegionStyle): Generator<Region> {
  const { text, at } = scan;
  if (!AFTER_AUTO.test(text[at + AUTO.length] ?? "")) {
    scan.at += AUTO.length;
    return;
  }
  scan.regionEnd = scan.regionEnd < at ? regionEnd(scan) : scan.regionEnd;
  let next = scan.regionEnd;
  yield {
    kind: "auto",
    offset: at,
    end: scan.regionEnd,
    style,
    resumeAt: (offset) => {
      next = offset;
    },
  };
  scan.at = next;
}

function regionEnd({ text, at, keyIndent }: Scan): number {
  let end = lineEnd(text, at);
  while (end < text.length) {
    const next = end + 1;
    if (!isBlank(text, next) && indentAt(text, next) <= keyIndent) {
      break;
    }
    end = lineEnd(text, next);
  }
  return end;
}

function* structureLine(scan: Scan): Generator<Region | BareTemplate> {
  const { text } = scan;
  while (scan.at < text.length && text[scan.at] !== "\n" && scan.flow <= LIMITS.yamlDepth) {
    if (scan.at === nextAuto(scan) && scan.at < text.length) {
      scan.valueStart = false;
      yield* regionHere(scan, styleOf(scan.quote));
    } else if (scan.quote !== "") {
      scan.at += quoted(scan, scan.quote);
    } else if (isComment(scan)) {
      scan.at = lineEnd(text, scan.at);
    } else if (scan.valueStart) {
      yield* valueStart(scan);
    } else {
      scan.at += plain(scan);
    }
  }
}

function styleOf(quote: Scan["quote"]): RegionStyle {
  switch (quote) {
    case "":
      return "plain";
    case "'":
      return "single";
    case '"':
      return "double";
  }
}

function isComment({ text, at }: Scan): boolean {
  return text[at] === "#" && /\s|^$/.test(text[at - 1] ?? "");
}

function quoted(scan: Scan, quote: "'" | '"'): number {
  const { text, at } = scan;
  if (quote === '"' && text[at] === "\\") {
    return text[at + 1] === "\n" ? 1 : 2;
  }
  if (text[at] !== quote) {
    return 1;
  }
  if (quote === "'" && text[at + 1] === "'") {
    return 2;
  }
  scan.quote = "";
  return 1;
}

function* valueStart(scan: Scan): Generator<BareTemplate> {
  const { text, at } = scan;
  const character = text[at] ?? "";
  if (character === " " || character === "\t") {
    scan.at += 1;
  } else if (character === '"' || character === "'") {
    scan.quote = character;
    scan.valueStart = false;
    scan.at += 1;
  } else if (character === "{" && /[{%]/.test(text[at + 1] ?? "")) {
    yield { kind: "template", offset: at };
    scan.valueStart = false;
    scan.at = templateEnd(text, at);
  } else if (character === "{" || character === "[") {
    scan.flow += 1;
    scan.at += 1;
  } else {
    scan.at += scalarStart(scan, character);
  }
}

function scalarStart(scan: Scan, character: string): number {
  const property = tokenAt(PROPERTY, scan);
  if (property !== undefined) {
    return property.length;
  }
  const header = scan.flow === 0 ? tokenAt(BLOCK_HEADER, scan) : undefined;
  scan.valueStart = false;
  if (header !== undefined) {
    scan.block = true;
    return header.length;
  }
  return character === "]" || character === "}" ? plain(scan) : 1;
}

/** Behind the template, so that its braces count as nothing. */
function templateEnd(text: string, at: number): number {
  const end = lineEnd(text, at);
  const close = text.indexOf(text[at + 1] === "{" ? "}}" : "%}", at);
  return close === -1 || close > end ? end : close + 2;
}

function plain(scan: Scan): number {
  if (scan.flow === 0) {
    return 1;
  }
  const character = scan.text[scan.at] ?? "";
  if (character === "," || (character === ":" && /\s|^$/.test(scan.text[scan.at + 1] ?? ""))) {
    scan.valueStart = true;
  } else if (character === "{" || character === "[") {
    scan.flow += 1;
    scan.valueStart = true;
  } else if (character === "}" || character === "]") {
    scan.flow -= 1;
  }
  return 1;
}
