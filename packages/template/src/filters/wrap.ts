import { charactersOf } from "../values/characters.ts";

/** How to wrap. */
export type WrapOptions = {
  readonly width: number;
  readonly breakWords: boolean;
  readonly breakHyphens: boolean;
};

/** Wraps a line as Python's textwrap does, blanks kept inside lines and dropped at their ends. */
export function wrapLine(line: string, options: WrapOptions): string[] {
  const chunks = chunksOf(line, options).map(chunkOf).toReversed();
  const lines: string[] = [];
  while (chunks.length > 0) {
    if (lines.length > 0 && chunks.at(-1)?.isBlank === true) chunks.pop();
    const current = takeLine(chunks, options);
    if (current.at(-1)?.trim() === "") current.pop();
    if (current.length > 0) lines.push(current.join(""));
  }
  return lines;
}

/** A word or the blanks between two, from a character on: what is before it stands on earlier lines. */
type Chunk = {
  readonly characters: readonly string[];
  readonly isBlank: boolean;
  from: number;
};

function chunkOf(text: string): Chunk {
  return { characters: charactersOf(text), isBlank: text.trim() === "", from: 0 };
}

function sizeOf({ characters, from }: Chunk): number {
  return characters.length - from;
}

/** Takes characters off a chunk. */
function taken(chunk: Chunk, count: number): string {
  const start = chunk.from;
  chunk.from += count;
  return chunk.characters.slice(start, chunk.from).join("");
}

/** Moves the chunks that fit one line out of the stack. */
function takeLine(chunks: Chunk[], options: WrapOptions): string[] {
  const { width, breakWords } = options;
  const current: string[] = [];
  let length = 0;
  for (let next = chunks.at(-1); next !== undefined; next = chunks.at(-1)) {
    const size = sizeOf(next);
    if (length + size > width) break;
    current.push(taken(next, size));
    length += size;
    chunks.pop();
  }
  const long = chunks.at(-1);
  if (long === undefined || sizeOf(long) <= width) return current;
  if (breakWords) current.push(taken(long, lengthOfPart(long, width - length, options)));
  else if (current.length === 0) {
    chunks.pop();
    current.push(taken(long, sizeOf(long)));
  }
  return current;
}

/** How much of a long word fits: up to its last hyphen where words may break there, unless nothing but hyphens is before. */
function lengthOfPart(
  { characters, from }: Chunk,
  room: number,
  { breakHyphens }: WrapOptions,
): number {
  if (!breakHyphens) return room;
  const part = characters.slice(from, from + room);
  const hyphen = part.lastIndexOf("-");
  return part.slice(0, Math.max(hyphen, 0)).some((character) => character !== "-")
    ? hyphen + 1
    : room;
}

/** Words and the blanks between them; hyphenated words in parts. */
function chunksOf(line: string, { breakHyphens }: WrapOptions): string[] {
  const words = line.split(/(\s+)/).filter((chunk) => chunk !== "");
  if (!breakHyphens) return words;
  return words.flatMap((word) => word.split(/(?<=[\p{L}\p{N}_]-)(?=[\p{L}])/u));
}
