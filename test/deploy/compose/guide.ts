import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

/** The page that tells how to do what is verified here. */
export const GUIDE = "docs/how-to/deploy-docker.md";

/** A fenced block of the guide. */
export type CodeBlock = { readonly language: string; readonly text: string };

/** The fenced blocks of the guide, in order. */
export function codeBlocks(): readonly CodeBlock[] {
  return [...readFileSync(GUIDE, "utf8").matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(
    ([, language = "", text = ""]) => ({ language, text }),
  );
}

/** The one block of a language that has a text in it. */
export function blockWith(language: string, text: string): string {
  const found = codeBlocks().filter(
    (block) => block.language === language && block.text.includes(text),
  );
  assert.equal(found.length, 1, `${GUIDE} has one block of ${language} with ${text}`);
  return found[0]?.text ?? "";
}

/** The commands of all blocks for a shell that begin with some words, each as its words. */
export function commandsThatBegin(...words: readonly string[]): readonly (readonly string[])[] {
  return codeBlocks()
    .filter(({ language }) => language === "sh")
    .flatMap(({ text }) => text.replaceAll(/\\\n\s*/g, "").split("\n"))
    .map((line) => wordsOf(line))
    .filter((command) => words.every((word, index) => command[index] === word));
}

/** The words of a line as a shell splits it, with nothing replaced in them. */
function wordsOf(line: string): readonly string[] {
  const pieces = line.match(/(?:"(?:\$\([^)]*\)|[^"])*"|'[^']*'|[^\s"'])+/g) ?? [];
  return pieces.map((piece) => piece.replaceAll(/^"|"$|^'|'$/g, "").replaceAll(/=["']/g, "="));
}

/** The values that follow a flag, each time that it stands in a command: `-v a -v b`. */
export function valuesOf(flag: string, command: readonly string[]): readonly string[] {
  return command.flatMap((word, index) => (command[index - 1] === flag ? [word] : []));
}
