import type { Command } from "commander";

import { EXIT } from "./exit-code.ts";
import { createCommand } from "./program.ts";

const EXITS: readonly (readonly [keyof typeof EXIT, string])[] = [
  ["ok", "it worked; a run completed"],
  ["runFailed", "the run failed, or something else did"],
  ["usage", "wrong usage, or a document, input or configuration that is not valid"],
  ["notFound", "an id or name that the mesh does not know"],
  ["denied", "the key is missing, wrong, or may not do this"],
  ["unreachable", "no mesh answers at the URL"],
  ["interrupted", "interrupted from the terminal"],
];

/** The reference of the command, from the command itself. */
export function cliReference(): string {
  const silent = { write: () => undefined, isTerminal: false };
  const command = createCommand(
    { env: {}, cwd: "/", stdout: silent, stderr: silent, leaveSoon: () => undefined },
    async () => undefined,
  );
  const pages = leavesOf(command, "").map(
    ({ name, help }) => `## ${name}\n\n\`\`\`text\n${help.trimEnd()}\n\`\`\`\n`,
  );
  const exits = EXITS.map(([name, meaning]) => `| ${EXIT[name]} | ${meaning} |`).join("\n");
  return `# The command

Generated from the command itself by \`npm run generate\`.

## Exit codes

| code | meaning |
| --- | --- |
${exits}

${pages.join("\n")}`;
}

function leavesOf(command: Command, parent: string): { name: string; help: string }[] {
  const name = `${parent} ${command.name()}`.trim();
  return command.commands.length === 0
    ? [{ name, help: command.configureHelp({ helpWidth: 100 }).helpInformation() }]
    : command.commands.flatMap((child) => leavesOf(child, name));
}
