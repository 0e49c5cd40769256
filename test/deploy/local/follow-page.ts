import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { type Block, blocksOf } from "./blocks.ts";
import type { Page } from "./pages.ts";
import { Terminal } from "./terminal.ts";

/** Does what a page says, from its first block to its last, in a folder that looks like the checkout. */
export async function followPage({ page, notRun, prints }: Page): Promise<string> {
  const blocks = blocksOf(readFileSync(page, "utf8"));
  for (const { begin } of [...notRun, ...prints]) {
    const found = blocks.filter((block) => startsWith(block, begin));
    assert.equal(found.length, 1, `${page} has one block that begins with ${begin}`);
  }
  const root = mkdtempSync(join(tmpdir(), "orchestrator-page-"));
  try {
    const folder = makeCheckout(root);
    await using terminal = new Terminal(folder, { home: root });
    let ran = 0;
    for (const block of blocks.filter(
      (each) => !notRun.some(({ begin }) => startsWith(each, begin)),
    )) {
      await follow(block, { terminal, folder, prints });
      ran += 1;
    }
    const reasons = notRun.map(({ begin, reason }) => `, not \`${begin}\` (${reason})`);
    return `${page}: ${ran} of ${blocks.length} blocks done as they stand${reasons.join("")}`;
  } catch (error) {
    throw new Error(`${page} leads astray`, { cause: error });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

type Place = {
  readonly terminal: Terminal;
  readonly folder: string;
  readonly prints: Page["prints"];
};

async function follow(block: Block, { terminal, folder, prints }: Place): Promise<void> {
  switch (block.kind) {
    case "file":
      writeFileSync(join(folder, block.name), block.text);
      return;
    case "server":
      await terminal.serve(block.command);
      return;
    case "commands": {
      if (block.text.startsWith("# after Ctrl-C\n")) {
        await terminal.interrupt();
      }
      const printed = terminal.run(block.text);
      for (const { text } of prints.filter(({ begin }) => startsWith(block, begin))) {
        assert.match(printed, text, block.text);
      }
    }
  }
}

function startsWith(block: Block, begin: string): boolean {
  return block.kind === "commands" && block.text.startsWith(begin);
}

/** What commands of a page read; not what a developer has left beside it. */
const CHECKOUT = [
  "apps",
  "bin",
  "config",
  "examples",
  "node_modules",
  "package-lock.json",
  "package.json",
  "packages",
  "scripts",
  "services",
];

/** What is written beside the checkout's own files stays here. */
function makeCheckout(root: string): string {
  const folder = join(root, "checkout");
  mkdirSync(folder);
  for (const name of CHECKOUT) {
    symlinkSync(resolve(name), join(folder, name));
  }
  return folder;
}
