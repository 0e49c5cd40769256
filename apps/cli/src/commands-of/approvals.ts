import type { Command } from "commander";

import { answering, type Context } from "./flags.ts";

/** Add the commands on what runs ask of people. */
export function addApprovals(program: Command, { io, does }: Context): void {
  const approvals = program.command("approvals").description("what runs ask of people");
  answering(
    approvals
      .command("list")
      .description("list the steps that wait for a person, the newest first")
      .option("--run <run>", "only those of this run"),
    { pages: true },
  ).action(async (options) => does((await load()).listApprovals(io, options)));
  answering(
    approvals
      .command("respond <approval>")
      .description("answer a step that waits for a person; the first answer that fits counts")
      .option("--approve", "approve")
      .option("--reject", "reject")
      .option("--reason <text>", "why it is rejected")
      .option("--modified <file>", "file with another content, with an approval")
      .option("--value <text>", "the value that a prompt asks for")
      .option("--responder <name>", "who answers; the user of this shell without it"),
  ).action(async (id: string, options) => does((await load()).respondApproval(io, id, options)));
}

function load() {
  return import("../commands/approvals.ts");
}
