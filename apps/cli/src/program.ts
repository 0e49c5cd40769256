import { Command, CommanderError } from "commander";

import { addApprovals } from "./commands-of/approvals.ts";
import { addOperations } from "./commands-of/operations.ts";
import { addPipelines } from "./commands-of/pipelines.ts";
import { addRunning } from "./commands-of/running.ts";
import { addRuns } from "./commands-of/runs.ts";
import { addSecrets } from "./commands-of/secrets.ts";
import { EXIT, type ExitCode } from "./exit-code.ts";
import type { Io } from "./io.ts";
import { version } from "./version.ts";

/** The `orchestrator` command: parses arguments and runs what they name. */
export type Program = { run(args: readonly string[]): Promise<ExitCode> };

/** Create the command for one process. What a command needs is loaded when it runs, so that `validate` starts at once. */
export function createProgram(io: Io): Program {
  return {
    async run(args) {
      let exitCode: ExitCode = EXIT.ok;
      const command = createCommand(io, async (work) => {
        exitCode = await work;
      });
      try {
        await command.parseAsync(args, { from: "user" });
        return exitCode;
      } catch (error) {
        return exitCodeFor(io, error);
      }
    },
  };
}

/** Make the tree of commands; `does` is handed what the chosen one does. */
export function createCommand(io: Io, does: (work: Promise<ExitCode>) => Promise<void>): Command {
  const command = new Command("orchestrator")
    .description("Runs declarative AI pipelines durably.")
    .version(version())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
    })
    .showHelpAfterError("(orchestrator --help shows what there is)");
  const context = { io, does };
  addRunning(command, context);
  addRuns(command, context);
  addPipelines(command, context);
  addApprovals(command, context);
  addSecrets(command, context);
  addOperations(command, context);
  return command;
}

/** What ends a command is said in one line, and never with a stack unless it is a bug. */
async function exitCodeFor(io: Io, error: unknown): Promise<ExitCode> {
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
  const { cliErrorFrom } = await import("./thrown.ts");
  const known = cliErrorFrom(error);
  io.stderr.write(`${known.message}\n`);
  return known.exitCode;
}
