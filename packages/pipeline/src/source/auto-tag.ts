import type { Region } from "./line-scan.ts";
import type { AutoSpan } from "./node.ts";

/** A tag that was read, or that has no end in its scalar. */
export type Tag =
  | {
      readonly kind: "tag";
      readonly auto: Omit<AutoSpan, "start">;
      readonly end: number;
    }
  | { readonly kind: "unclosed" };

const OPEN = "<AUTO";
const CLOSE = "</AUTO>";
const TAG = /<AUTO(?=[\s>/])|<\/AUTO>/g;
/** Tags inside tags that are looked through; deeper ones count as unclosed, so that looking stays linear. */
const MAX_NESTING = 64;
/** Only this may follow a tag that stands alone. */
const AFTER_ALONE = /["']?[ \t]*(?=\n|$|[,\]}]|#)/y;
const ATTRIBUTE = /([A-Za-z_][\w-]*)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+))?/g;

/** Read the AUTO tag at the offset of a region, to its closing tag inside that region. */
export function readTag(text: string, { offset, end, style }: Region): Tag {
  const head = headEnd(text, { from: offset + OPEN.length, end, escaped: style === "double" });
  if (head === undefined) {
    return { kind: "unclosed" };
  }
  const closing = text[head - 2] === "/" ? undefined : closingTag(text, head, end);
  if (closing === undefined && !standsAlone(text, { offset, head, end })) {
    return { kind: "unclosed" };
  }
  const tagEnd = closing ?? head;
  const decode = decoderOf(style);
  const attributes = attributesOf(decode(text.slice(offset + OPEN.length, head - 1)));
  const body = closing === undefined ? "" : decode(text.slice(head, tagEnd - CLOSE.length));
  return {
    kind: "tag",
    auto: { attributes, body: body.trim(), raw: decode(text.slice(offset, tagEnd)) },
    end: tagEnd,
  };
}

/** Offset after the `>` that ends the opening tag; a `>` inside a quoted attribute does not. */
function headEnd(
  text: string,
  { from, end, escaped }: { from: number; end: number; escaped: boolean },
): number | undefined {
  let quote = "";
  for (let at = from; at < end; at += 1) {
    const character = text[at] ?? "";
    if (escaped && character === "\\") {
      continue;
    }
    if (quote === "" && character === ">") {
      return at + 1;
    }
    if (character === quote) {
      quote = "";
    } else if (quote === "" && (character === '"' || character === "'")) {
      quote = character;
    }
  }
  return undefined;
}

function closingTag(text: string, head: number, end: number): number | undefined {
  let depth = 1;
  TAG.lastIndex = head;
  while (depth > 0 && depth <= MAX_NESTING) {
    const match = TAG.exec(text);
    if (match === null || match.index >= end) {
      return undefined;
    }
    depth += match[0] === CLOSE ? -1 : 1;
  }
  return depth === 0 ? TAG.lastIndex : undefined;
}

/** Nothing but the tag in its scalar (L13): before it only the indicator of a value, after it only the end of one. */
function standsAlone(
  text: string,
  { offset, head, end }: { offset: number; head: number; end: number },
): boolean {
  let before = offset - 1;
  while (text[before] === " ") {
    before -= 1;
  }
  AFTER_ALONE.lastIndex = head;
  const after = AFTER_ALONE.exec(text);
  const rest = head + (after?.[0].length ?? 0);
  const isLast = text[rest] === "\n" ? text.slice(rest, end).trim() === "" : after !== null;
  return isLast && /[:\-[{,?|>+"'\n]/.test(text[before] ?? "\n");
}

function attributesOf(text: string): Readonly<Record<string, string>> {
  const pairs = [...text.matchAll(ATTRIBUTE)].map(([, name = "", value = ""]) => [
    name,
    /^["']/.test(value) ? value.slice(1, -1) : value,
  ]);
  return Object.fromEntries(pairs);
}

function decoderOf(style: Region["style"]): (raw: string) => string {
  switch (style) {
    case "double":
      return decodeDouble;
    case "single":
      return (raw) => raw.replaceAll("''", "'");
    case "plain":
    case "block":
      return (raw) => raw;
  }
}

const SIMPLE: Readonly<Record<string, string>> = {
  "0": "\0",
  a: "\x07",
  b: "\b",
  t: "\t",
  n: "\n",
  v: "\v",
  f: "\f",
  r: "\r",
  e: "\x1b",
  N: "\x85",
  _: "\xa0",
  L: "\u2028",
  P: "\u2029",
};
const ESCAPES = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([\s\S]))/g;

function decodeDouble(raw: string): string {
  return raw.replace(
    ESCAPES,
    (_all, short?: string, medium?: string, long?: string, letter?: string) => {
      const digits = short ?? medium ?? long;
      if (digits === undefined) {
        return SIMPLE[letter ?? ""] ?? letter ?? "";
      }
      const code = Number.parseInt(digits, 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd";
    },
  );
}
