import type { ScalarNode } from "./node.ts";

const ESCAPE = /^\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[\s\S])/;

/** The offset in the text of each character of a scalar's value, and of its end: escapes, indentation and folds are walked over. */
export function sourceOffsets(text: string, scalar: ScalarNode): Uint32Array {
  const value = String(scalar.value);
  const offsets = new Uint32Array(value.length + 1);
  let at = contentStart(text, scalar);
  for (let i = 0; i <= value.length; i += 1) {
    const step = { at, character: value.charAt(i), scalar };
    offsets[i] = Math.min(skipped(text, step), scalar.end);
    at = at < scalar.end ? after(text, step) : at;
  }
  return offsets;
}

function contentStart(text: string, { start, style }: ScalarNode): number {
  switch (style) {
    case "plain":
      return start;
    case "single":
    case "double":
      return start + 1;
    case "literal":
    case "folded": {
      const header = text.indexOf("\n", start);
      return header === -1 ? start : header + 1;
    }
  }
}

type Step = { readonly at: number; readonly character: string; readonly scalar: ScalarNode };

/** Where the next character is looked for once this one is consumed. */
function after(text: string, step: Step): number {
  const at = skipped(text, step);
  const { character, scalar } = step;
  if (scalar.style === "double" && text[at] === "\\") {
    return at + (ESCAPE.exec(text.slice(at, at + 10))?.[0].length ?? 1);
  }
  if (scalar.style === "single" && character === "'") {
    return at + 2;
  }
  return at + 1;
}

/** Steps over what the value does not hold: indentation, folded line ends, escaped line ends. */
function skipped(text: string, { at, character, scalar }: Step): number {
  let next = at;
  while (next < scalar.end && text[next] !== character && isFill(text, next, scalar)) {
    next += text[next] === "\\" ? 2 : 1;
  }
  return next;
}

function isFill(text: string, at: number, { style }: ScalarNode): boolean {
  const character = text[at];
  if (style === "double" && character === "\\") {
    return text[at + 1] === "\n";
  }
  if (character === "\n" || character === "\t") {
    return true;
  }
  return character === " ";
}
