/** Every form in which a value is looked for: as it is, and in URLs, base64 and JSON (L164). */
export function formsOf(value: string): readonly string[] {
  const text = Buffer.from(value, "utf8").toString("utf8");
  const escaped = jsonForms(text);
  return [
    ...new Set([
      text,
      ...escaped,
      ...escaped.flatMap(jsonForms), // JSON in JSON.
      ...urlForms(text),
      ...base64Forms(Buffer.from(text, "utf8")),
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

/** The characters that the bytes give wherever in longer data they begin, and the whole of it when they stand alone. */
function base64Forms(bytes: Buffer): readonly string[] {
  const forms = [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    const first = Math.ceil((before * 8) / 6);
    return encoded.slice(first, Math.floor(((before + bytes.length) * 8) / 6));
  });
  const alone = bytes.toString("base64");
  return [alone, alone.replace(/=+$/, ""), ...forms].flatMap((form) => [
    form,
    form.replaceAll("+", "-").replaceAll("/", "_"),
  ]);
}
