const RADIX = /0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0[xX](?:_?[0-9a-fA-F])+/y;
const DECIMAL = /\d(?:_?\d)*(\.\d(?:_?\d)*)?([eE][+-]?\d(?:_?\d)*)?/y;
const DIGITS = /\d+/y;

/** A number as Jinja writes it: `1_000`, `1.5e3`, `0xff`. */
export type NumberLiteral = {
  readonly end: number;
  readonly value: number;
  readonly imprecise: boolean;
};

/** Reads the number that starts at a digit; after a dot (`rows.0.1`) only its digits. */
export function numberLiteral(
  source: string,
  start: number,
  { afterDot }: { readonly afterDot: boolean },
): NumberLiteral {
  if (afterDot) return integer(matchAt(DIGITS, { source, start }), start);
  const radix = matchAt(RADIX, { source, start });
  if (radix !== "") return integer(radix, start);
  const text = matchAt(DECIMAL, { source, start });
  if (/^[\d_]+$/.test(text)) return integer(text, start);
  return { end: start + text.length, value: Number(text.replaceAll("_", "")), imprecise: false };
}

function integer(text: string, start: number): NumberLiteral {
  const value = Number(text.replaceAll("_", ""));
  return { end: start + text.length, value, imprecise: !Number.isSafeInteger(value) };
}

function matchAt(pattern: RegExp, { source, start }: { source: string; start: number }): string {
  pattern.lastIndex = start;
  return pattern.exec(source)?.[0] ?? "";
}
