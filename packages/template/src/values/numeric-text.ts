const NUMBER = /^[+-]?(?:\d(?:_?\d)*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** The number that a text is, after trimming; null when it is not exactly one. */
export function readNumber(text: string): number | null {
  const trimmed = text.trim();
  if (!NUMBER.test(trimmed)) return null;
  const value = Number(trimmed.replaceAll("_", ""));
  return Number.isFinite(value) ? value : null;
}
