// The line ends that Python knows.
const ENDS = String.raw`\n\r\v\f\x1c-\x1e\u0085\u2028\u2029`;
const LINE = new RegExp(`[^${ENDS}]*(\\r\\n|[${ENDS}]|$)`, "g");

/** The lines of a text, as Python's splitlines finds them: no empty one after a last line end. */
export function linesOf(
  text: string,
  { keepEnds }: { readonly keepEnds: boolean } = { keepEnds: false },
): string[] {
  const lines: string[] = [];
  for (const [line, end = ""] of text.matchAll(LINE)) {
    if (line === "") break;
    lines.push(keepEnds ? line : line.slice(0, line.length - end.length));
  }
  return lines;
}
