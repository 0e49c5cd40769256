import { type Command, InvalidArgumentError } from "commander";

import type { ExitCode } from "../exit-code.ts";
import type { Io } from "../io.ts";

/** What commands are made with. */
export type Context = {
  readonly io: Io;
  readonly does: (work: Promise<ExitCode>) => Promise<void>;
};

/** Add the flags of every command that calls the API. */
export function target(command: Command): Command {
  return command
    .option(
      "--url <url>",
      "the mesh to speak to; ORCHESTRATOR_URL otherwise, else one in this process",
    )
    .option("--api-key-file <file>", "file with the API key; ORCHESTRATOR_API_KEY otherwise")
    .option("--ca-file <file>", "certificates to trust, as PEM")
    .option("--config <file>", "configuration of a mesh in this process");
}

/** Add the flags of commands that print an answer of the API. */
export function answering(
  command: Command,
  { pages = false }: { readonly pages?: boolean } = {},
): Command {
  const answered = target(command).option("--json", "print JSON, on a terminal too");
  return pages
    ? answered
        .option("--limit <n>", "at most this many", count)
        .option("--page-token <token>", "the page after the one that printed this token")
    : answered;
}

/** Gather what a flag that may be repeated was given. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** Read a count. */
export function count(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1) {
    throw new InvalidArgumentError("must be a whole number from 1.");
  }
  return number;
}
