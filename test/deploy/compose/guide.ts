import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

/** The page that tells how to do what is verified here. */
export const GUIDE = "docs/how-to/deploy-docker.md";

/** Begins of its blocks that are run as they stand. */
export const RUN_AS_THEY_ARE = {
  soloKey: "umask 077\nopenssl rand -hex 32 > api_key",
  secrets: "umask 077\nmkdir -p deploy/compose/secrets",
  provider: "printf '%s' \"${OPENAI_API_KEY:?}\"",
} as const;

/** Begins of its blocks that are not run, and why. */
const NOT_RUN = [{ begin: "curl --cacert", reason: "its nginx is an image that is not pulled" }];

/** A fenced block of the guide. */
export type CodeBlock = { readonly language: string; readonly text: string };

/** The fenced blocks of the guide, in order. */
export function codeBlocks(): readonly CodeBlock[] {
  return [...readFileSync(GUIDE, "utf8").matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(
    ([, language = "", text = ""]) => ({ language, text }),
  );
}

/** The one block of a language that begins with a text. */
export function blockThatBegins(language: string, begin: string): string {
  const found = codeBlocks().filter(
    (block) => block.language === language && block.text.startsWith(begin),
  );
  assert.equal(found.length, 1, `${GUIDE} has one block of ${language} that begins with ${begin}`);
  return found[0]?.text ?? "";
}

/** Why blocks for a shell are not run; throws where one is neither that, nor run, nor all of Docker's commands. */
export function reasonsNotToRun(): readonly string[] {
  const known = [...Object.values(RUN_AS_THEY_ARE), ...NOT_RUN.map(({ begin }) => begin)];
  const unknown = codeBlocks().filter(
    ({ language, text }) =>
      language === "sh" &&
      !known.some((begin) => text.startsWith(begin)) &&
      commandsOf(text).some(([program]) => program !== "docker"),
  );
  assert.deepEqual(unknown, [], "who runs these?");
  return NOT_RUN.map(({ begin, reason }) => {
    blockThatBegins("sh", begin);
    return `\`${begin}…\` is not run: ${reason}`;
  });
}

/** The commands of all blocks for a shell that begin with some words, each as its words. */
export function commandsThatBegin(...words: readonly string[]): readonly (readonly string[])[] {
  return codeBlocks()
    .filter(({ language }) => language === "sh")
    .flatMap(({ text }) => commandsOf(text))
    .filter((command) => words.every((word, index) => command[index] === word));
}

function commandsOf(text: string): readonly (readonly string[])[] {
  const lines = text.replaceAll(/\\\n\s*/g, "").split("\n");
  return lines.map((line) => wordsOf(line)).filter(({ length }) => length > 0);
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
