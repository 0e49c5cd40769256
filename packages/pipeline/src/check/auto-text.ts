import type { AutoSpan } from "../source/node.ts";

/** A text in which names stand for its AUTO tags, so that it can be parsed. */
export type NamedText = {
  readonly source: string;
  readonly autos: readonly NamedAuto[];
  /** Where a character of `source` stands in the text as it was written. */
  readonly indexOf: (index: number) => number;
};

/** A tag and its name. */
export type NamedAuto = {
  readonly name: string;
  readonly span: AutoSpan;
  /** It is a part of a quoted text inside an expression, where no name can stand for it. */
  readonly isQuoted: boolean;
};

/** How a text is read outside of `{{ }}` and `{% %}`: as it is, or as the expression of a condition. */
export type Reading = "text" | "expression";

/** Put names in the place of tags: an expression of its own in a text, the bare name inside one (L127). */
export function nameAutos(text: string, spans: readonly AutoSpan[], reading: Reading): NamedText {
  const prefix = freshPrefix(text);
  const pieces: Piece[] = [];
  const autos: NamedAuto[] = [];
  const inside = createInside(reading);
  let at = 0;
  for (const span of spans) {
    const start = text.indexOf(span.raw, at);
    if (start < 0) {
      continue;
    }
    const name = `${prefix}${autos.length + 1}`;
    const place = inside.after(text.slice(at, start));
    const end = start + span.raw.length;
    const quoted =
      place.quote !== "" && text[end] === place.quote && text[start - 1] === place.quote;
    autos.push({ name, span, isQuoted: place.quote !== "" && !quoted });
    pieces.push({ from: at, text: text.slice(at, quoted ? start - 1 : start), written: true });
    pieces.push({
      from: start,
      text: place.isExpression ? ` ${name} ` : `{{ ${name} }}`,
      written: false,
    });
    at = quoted ? end + 1 : end;
    if (quoted) {
      inside.leaveQuote();
    }
  }
  pieces.push({ from: at, text: text.slice(at), written: true });
  return { source: pieces.map((piece) => piece.text).join(""), autos, indexOf: indexIn(pieces) };
}

type Piece = { readonly from: number; readonly text: string; readonly written: boolean };

function indexIn(pieces: readonly Piece[]): NamedText["indexOf"] {
  return (index) => {
    let left = index;
    for (const { from, text, written } of pieces) {
      if (left < text.length) {
        return written ? from + left : from;
      }
      left -= text.length;
    }
    return pieces.at(-1)?.from ?? 0;
  };
}

/** A beginning of names that the text does not contain. */
function freshPrefix(text: string): string {
  let prefix = "auto";
  while (text.includes(prefix)) {
    prefix += "x";
  }
  return prefix;
}

type Inside = {
  /** Where one is after more of the text. */
  readonly after: (text: string) => { readonly isExpression: boolean; readonly quote: string };
  readonly leaveQuote: () => void;
};

const CLOSERS: ReadonlyMap<string, string> = new Map([
  ["{{", "}}"],
  ["{%", "%}"],
  ["{#", "#}"],
]);

/** Knows whether a place of a text is inside an expression, and inside which quotes. */
function createInside(reading: Reading): Inside {
  let closer = "";
  let quote = "";
  const isExpression = (): boolean => (closer === "" ? reading === "expression" : closer !== "#}");
  const inQuotes = (character: string): number => {
    quote = character === quote ? "" : quote;
    return character === "\\" ? 2 : 1;
  };
  const outside = (two: string, character: string): number => {
    if (closer !== "" && two === closer) {
      closer = "";
      return 2;
    }
    const opened = closer === "" ? CLOSERS.get(two) : undefined;
    if (opened !== undefined) {
      closer = opened;
      return 2;
    }
    quote = isExpression() && QUOTES.has(character) ? character : "";
    return 1;
  };
  return {
    after(text) {
      for (let at = 0; at < text.length;) {
        const character = text[at] ?? "";
        at += quote === "" ? outside(text.slice(at, at + 2), character) : inQuotes(character);
      }
      return { isExpression: closer !== "" || reading === "expression", quote };
    },
    leaveQuote() {
      quote = "";
    },
  };
}

const QUOTES = new Set(['"', "'"]);
