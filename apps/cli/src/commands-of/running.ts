import type { Command } from "commander";

import { collect, type Context, target } from "./flags.ts";

/** Add the commands that run pipelines, and that which checks them. */
export function addRunning(program: Command, { io, does }: Context): void {
  program
    .command("serve")
    .description("serve the mesh, or some of its services, until Ctrl-C")
    .option("--services <list>", "all, or some of gateway,registry,executor,state", "all")
    .option("--config <file>", "configuration file")
    .action(async (options) => does((await import("../commands/serve.ts")).serve(io, options)));
  target(
    program
      .command("run <what>")
      .description("run a pipeline: a FILE, or the NAME of a stored one")
      .option("-i, --input <name=value>", "an input; may be repeated", collect)
      .option("-c, --context <file>", "JSON file with inputs; -i wins")
      .option("-o, --output <file>", "write the result document there")
      .option("--json", "print the result document, on a terminal too")
      .option("--full", "with results that are stored apart, whatever their size")
      .option("--detach", "do not wait for the end (needs --url)")
      .option("--watch", "show progress, also without a terminal")
      .option("-v, --verbose", "show every event on stderr")
      .option("--strict", "refuse documents with warnings"),
  )
    .option("--auto-responses <file>", 'JSON file with answers to AUTO tags: {"step.field": value}')
    .option(
      "--wait",
      "wait for people, who answer with `approvals respond`; defaults are taken at once without it",
    )
    .option("--ephemeral", "keep nothing: a mesh in this process works in memory")
    .action(async (what: string, options) =>
      does((await import("../commands/run.ts")).run(io, what, options)),
    );
  program
    .command("validate <file>")
    .description("say what the compiler finds in a document")
    .option("-i, --input <name=value>", "check this input too; may be repeated", collect)
    .option("-c, --context <file>", "JSON file with inputs to check")
    .option("--json", "print the findings as JSON")
    .option("--strict", "exit 2 for warnings too")
    .action(async (file: string, options) =>
      does((await import("../commands/validate.ts")).validate(io, file, options)),
    );
}
