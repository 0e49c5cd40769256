import { characterCount, charactersOf, sliceCharacters } from "../values/characters.ts";

/** How to wrap. */
export type WrapOptions = {
  readonly width: number;
  readonly breakWords: boolean;
  readonly breakHyphens: boolean;
};

/** Wraps a line as Python's textwrap does, blanks kept inside lines and dropped at their ends. */
export function wrapLine(line: string, options: WrapOptions): string[] {
  const chunks = chunksOf(line, options).toReversed();
  const lines: string[] = [];
  while (chunks.length > 0) {
    if (lines.length > 0 && chunks.at(-1)?.trim() === "") chunks.pop();
    const current = takeLine(chunks, options);
    if (current.at(-1)?.trim() === "") current.pop();
    if (current.length > 0) lines.push(current.join(""));
  }
  return lines;
}

/** Moves the chunks that fit one line out of the stack. */
function takeLine(chunks: string[], { width, breakWords }: WrapOptions): string[] {
  const current: string[] = [];
  let length = 0;
  for (let next = chunks.at(-1); next !== undefined; next = chunks.at(-1)) {
    const size = characterCount(next);
    if (length + size > width) break;
    current.push(next);
    length += size;
    chunks.pop();
  }
  const long = chunks.at(-1);
  if (long === undefined || characterCount(long) <= width) return current;
  if (breakWords) {
    const room = Math.max(width - length, 1);
    chunks.pop();
    for (const line of brokenUp(sliceCharacters(long, room), width)) chunks.push(line);
    return [...current, sliceCharacters(long, 0, room)];
  }
  if (current.length > 0) return current;
  chunks.pop();
  return [long];
}

/** The lines that the rest of a long word takes, the first one on top; blanks are dropped at the start of a line anyway. */
function brokenUp(rest: string, width: number): string[] {
  if (rest.trim() === "") return [rest];
  const characters = charactersOf(rest);
  const lines = Array.from({ length: Math.ceil(characters.length / width) }, (_, line) =>
    characters.slice(line * width, (line + 1) * width).join(""),
  );
  return lines.toReversed();
}

/** Words and the blanks between them; hyphenated words in parts. */
function chunksOf(line: string, { breakHyphens }: WrapOptions): string[] {
  const words = line.split(/(\s+)/).filter((chunk) => chunk !== "");
  if (!breakHyphens) return words;
  return words.flatMap((word) => word.split(/(?<=[\p{L}\p{N}_]-)(?=[\p{L}])/u));
}
