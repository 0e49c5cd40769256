import type { Draw } from "../oracle/draw.ts";

const SPLINTERS = [
  "{{",
  "}}",
  "{%",
  "%}",
  "{#",
  "<AUTO>",
  "</AUTO>",
  "<AUTO",
  "&a",
  "*a",
  "<<: *a",
  "\n",
  "  ",
  "\t",
  ": ",
  "- ",
  "'",
  '"',
  "|",
  ">",
  "[",
  "]",
  "{",
  "}",
  "\u0000",
  "\ud800",
  "😀",
  "__proto__",
  "constructor",
  "9".repeat(40),
  "-1",
  ".inf",
  "((((",
  "not ",
  " is ",
  " if ",
  "<<a.md>>",
  "\\",
  "%s",
  "!!js",
];

/** A text with a few pieces cut, doubled, moved, or put in that have a meaning somewhere. */
export function mutateText(text: string, draw: Draw): string {
  let mutated = text;
  for (let left = draw.upTo(4) + 1; left > 0; left -= 1) {
    const from = draw.upTo(mutated.length);
    const to = Math.min(mutated.length, from + draw.upTo(20));
    const piece = mutated.slice(from, to);
    const at = draw.upTo(mutated.length);
    switch (draw.upTo(4)) {
      case 0:
        mutated = mutated.slice(0, from) + mutated.slice(to);
        break;
      case 1:
        mutated = mutated.slice(0, at) + piece + mutated.slice(at);
        break;
      case 2:
        mutated = mutated.slice(0, from) + draw.pick(SPLINTERS) + mutated.slice(to);
        break;
      case 3:
        mutated =
          mutated.slice(0, at) + draw.pick(SPLINTERS).repeat(draw.upTo(30)) + mutated.slice(at);
        break;
      default:
        mutated = mutated.slice(0, from) + mutated.slice(to) + piece;
    }
  }
  return mutated.slice(0, MOST_CHARACTERS);
}

const MOST_CHARACTERS = 20_000;
