/** The forms in which a value is looked for as they are: plain, in URLs and in JSON (L164). */
export function formsOf(value: string): readonly string[] {
  const text = Buffer.from(value, "utf8").toString("utf8");
  const escaped = jsonForms(text);
  return [
    ...new Set([
      text,
      ...escaped,
      ...escaped.flatMap(jsonForms), // JSON in JSON.
      ...urlForms(text),
    ]),
  ];
}

/** Inside a JSON string: as most write it, in ASCII, and safe for HTML. */
function jsonForms(text: string): readonly string[] {
  const plain = JSON.stringify(text).slice(1, -1);
  const ascii = plain.replaceAll(/[\u0080-\uffff]/g, unicodeEscape);
  const html = ascii.replaceAll(/[<>&']/g, unicodeEscape);
  return [plain, ascii, html, ascii.replaceAll("/", "\\/")];
}

function unicodeEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Longer values are looked for as encoders of URLs mostly write them, and not as every one could. */
const MAX_PATTERN_CHARACTERS = 4_096;
const UNRESERVED = /^[\w.~-]*$/;

/** Matches a value in a URL or a form's field, whatever of it is encoded there; `undefined` when nothing of it ever is. */
export function urlPattern(value: string): RegExp | undefined {
  if (value.length > MAX_PATTERN_CHARACTERS || UNRESERVED.test(value)) {
    return undefined;
  }
  const parts = Array.from(Buffer.from(value, "utf8").toString("utf8"), (character) => {
    const encoded = [...Buffer.from(character, "utf8")].map(encodedByte).join("");
    const plain = character.replace(/[\\^$.*+?()[\]{}|/]/, "\\$&");
    return `(?:${encoded}|${plain}${character === " " ? "|\\+" : ""})`;
  });
  return new RegExp(parts.join(""), "g");
}

/** The two digits after a `%` are written small or large. */
function encodedByte(byte: number): string {
  const digits = Array.from(byte.toString(16).padStart(2, "0"), (digit) =>
    /[a-f]/.test(digit) ? `[${digit}${digit.toUpperCase()}]` : digit,
  );
  return `%${digits.join("")}`;
}

function urlForms(text: string): readonly string[] {
  return [encodeURIComponent(text), encodeURI(text)].flatMap((form) => [
    form,
    form.replaceAll("%20", "+"),
  ]);
}

/**
 * Matches a value in base64, wherever in longer data it begins. A character that it shares with what stands beside it goes
 * too: it holds some of its bits.
 */
export function base64Patterns(value: string): readonly RegExp[] {
  const bytes = Buffer.from(value, "utf8");
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    const bits = (before + bytes.length) * 8;
    const whole = encoded.slice(Math.ceil((before * 8) / 6), Math.floor(bits / 6));
    const shared = "[A-Za-z0-9+/_-]";
    const ends = bits % 6 === 0 ? "" : `(?:${shared}={0,2})?`;
    const letters = whole.replaceAll("+", "[+-]").replaceAll("/", "[/_]");
    return new RegExp(`${before === 0 ? "" : shared}${letters}${ends}`, "g");
  });
}
