const SURROGATE = /[\ud800-\udfff]/;

/** Whether every character of a text is one UTF-16 unit. */
function isSimple(text: string): boolean {
  return !SURROGATE.test(text);
}

/** How many characters (code points) a text has. */
export function characterCount(text: string): number {
  return isSimple(text) ? text.length : Array.from(text).length;
}

/** The characters of a text. */
export function charactersOf(text: string): readonly string[] {
  return isSimple(text) ? text.split("") : Array.from(text);
}

/** The character at an index, counted from the end when negative; undefined outside. Looks no further than it. */
export function characterAt(text: string, index: number): string | undefined {
  if (index < 0) return isSimple(text) ? text.at(index) : Array.from(text).at(index);
  if (isSimple(text.slice(0, index + 1))) return text[index];
  let at = 0;
  for (const character of text) {
    if (at === index) return character;
    at += 1;
  }
  return undefined;
}

/** Characters from `start` up to `end`, both within the text. */
export function sliceCharacters(text: string, start: number, end?: number): string {
  return isSimple(text) ? text.slice(start, end) : Array.from(text).slice(start, end).join("");
}

/** Bytes of a text in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    // Half of a pair counts two: the pair has four bytes in two units.
    bytes += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return bytes;
}
