const SIMPLE: Readonly<Record<string, string>> = {
  "\n": "",
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([\n\\'"abfnrtv]))/g;

/**
 * The text that the inside of a string literal means. An escape that Python does not know stays as written; so do octal
 * ones, because `'\1'` is a group in a replacement (L67).
 */
export function unescaped(inside: string): string {
  if (!inside.includes("\\")) return inside;
  return inside.replaceAll(
    ESCAPE,
    (written: string, x?: string, u?: string, U?: string, c?: string) => {
      if (c !== undefined) return SIMPLE[c] ?? written;
      const code = Number.parseInt(x ?? u ?? U ?? "", 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : written;
    },
  );
}
