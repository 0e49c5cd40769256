/** The first character upper case, the rest lower case. */
export function capitalized(text: string): string {
  const [first = ""] = text;
  return titleCharacter(first) + text.slice(first.length).toLowerCase();
}

/** Every run of letters capitalized, as Python's `title()` does. */
export function titled(text: string): string {
  return text.replaceAll(/\p{L}+/gu, (word) => capitalized(word));
}

/** Upper case made lower and the reverse. */
export function swapped(text: string): string {
  return Array.from(text, (character) =>
    character === character.toLowerCase() ? character.toUpperCase() : character.toLowerCase(),
  ).join("");
}

/** For comparing without case. */
export function folded(text: string): string {
  return text.toLowerCase().replaceAll("ß", "ss").replaceAll("ς", "σ");
}

export function isLowerCase(text: string): boolean {
  return text === text.toLowerCase() && text !== text.toUpperCase();
}

export function isUpperCase(text: string): boolean {
  return text === text.toUpperCase() && text !== text.toLowerCase();
}

/** Letters that are two: at the start of a word only the first of them is a capital. */
const DIGRAPHS: ReadonlyMap<string, string> = new Map([
  ["Ǆ", "ǅ"],
  ["Ǉ", "ǈ"],
  ["Ǌ", "ǋ"],
  ["Ǳ", "ǲ"],
]);

/** `ß` becomes `Ss` at the start of a word, not `SS`. */
function titleCharacter(character: string): string {
  const [first = "", ...rest] = character.toUpperCase();
  return (DIGRAPHS.get(first) ?? first) + rest.join("").toLowerCase();
}
