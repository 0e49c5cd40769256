import assert from "node:assert/strict";

/** What a reader does with a fenced block. */
export type Block =
  | { readonly kind: "file"; readonly name: string; readonly text: string }
  /** Goes on in a terminal of its own. */
  | { readonly kind: "server"; readonly command: string }
  | { readonly kind: "commands"; readonly text: string };

const FENCED = /([^]*?)^```(\w*)\n([^]*?)^```$/gm;
const FILE_NAME = /`([\w-]+\.(?:yaml|csv))`/g;
const SERVER = /^(?:npm start|bin\/orchestrator serve .*|node .* --port \d+)\n$/;

/** The blocks of a page that have a language, in order; without one it is a drawing. A file has its name before it. */
export function blocksOf(page: string): readonly Block[] {
  return [...page.matchAll(FENCED)]
    .filter(([, , language]) => language !== "")
    .map(([, before = "", language, text = ""]) => {
      if (language !== "sh") {
        const name = [...before.matchAll(FILE_NAME)].at(-1)?.[1];
        assert.ok(name !== undefined, `what is the name of this file?\n${text}`);
        return { kind: "file", name, text };
      }
      return SERVER.test(text)
        ? { kind: "server", command: text.trim() }
        : { kind: "commands", text };
    });
}

/** A block for bash: it ends at the first command that fails, and `# exit 2` after one says how it has to fail. */
export function scriptOf(text: string): string {
  return text.replaceAll(
    /^(.*\S)\s+# exit (\d+)$/gm,
    (_, command: string, code: string) => `code=0; ${command} || code=$?; [ "$code" = ${code} ]`,
  );
}
