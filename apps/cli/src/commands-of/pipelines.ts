import { type Command, Option } from "commander";

import { answering, type Context, count } from "./flags.ts";

/** Add the commands on pipelines, stored or drawn, and on the executors that run them. */
export function addPipelines(program: Command, { io, does }: Context): void {
  program
    .command("graph <file>")
    .description("draw the steps of a document, and what leads from one to another")
    .addOption(
      new Option("--format <format>", "how it is written")
        .choices(["mermaid", "dot", "svg"])
        .default("mermaid"),
    )
    .option("--json", "print nodes and edges as JSON")
    .action(async (file: string, options) =>
      does((await import("../commands/graph.ts")).graph(io, file, options)),
    );
  const pipelines = program.command("pipelines").description("stored pipelines and their versions");
  answering(
    pipelines.command("push <file>").description("store a document as the next version"),
  ).action(async (file: string, options) => does((await load()).pushPipeline(io, file, options)));
  answering(
    pipelines
      .command("list")
      .description("list the newest versions, by name")
      .option("--archived", "archived pipelines too"),
    { pages: true },
  ).action(async (options) => does((await load()).listPipelines(io, options)));
  answering(
    pipelines
      .command("get <name>")
      .description("print a document")
      .option("--version <n>", "this version; the newest if not given", count),
  ).action(async (name: string, options) => does((await load()).getPipeline(io, name, options)));
  const sessions = program.command("sessions").description("executors in the mesh");
  answering(
    sessions
      .command("list")
      .description("list the executors that are connected")
      .option("--dead", "those that are gone too"),
    { pages: true },
  ).action(async (options) =>
    does((await import("../commands/sessions.ts")).listSessions(io, options)),
  );
}

function load() {
  return import("../commands/pipelines.ts");
}
