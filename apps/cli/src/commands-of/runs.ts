import type { Command } from "commander";

import type { Target } from "../connection.ts";
import { answering, collect, type Context, target } from "./flags.ts";

/** Add the commands on runs and their files. */
export function addRuns(program: Command, context: Context): void {
  const { io, does } = context;
  const runs = program.command("runs").description("runs, and what became of them");
  answering(
    runs
      .command("list")
      .description("list runs, the newest first")
      .option("--pipeline <name>", "only runs of this pipeline")
      .option("--status <status>", "only runs that stand so; may be repeated", collect)
      .option("--label <key=value>", "only runs that carry this label; may be repeated", collect),
    { pages: true },
  ).action(async (options) => does((await load()).listRuns(io, options)));
  target(
    runs
      .command("get <run>")
      .description("print the result document of a run")
      .option("--full", "with results that are stored apart"),
  ).action(async (runId: string, options) => does((await load()).getRun(io, runId, options)));
  target(
    runs.command("watch <run>").description("print the events of a run as they are committed"),
  ).action(async (runId: string, options: Target) => {
    const { listenForInterrupts } = await import("@orchestrator/service");
    using interrupts = listenForInterrupts();
    await does((await load()).watchRun(io, runId, { ...options, signal: interrupts.first }));
  });
  answering(runs.command("events <run>").description("list the events of a run")).action(
    async (runId: string, options) => does((await load()).listEvents(io, runId, options)),
  );
  answering(
    runs
      .command("cancel <run>")
      .description("ask a run to stop")
      .option("--reason <text>", "why; shown in the run's events"),
  ).action(async (runId: string, options) => does((await load()).cancelRun(io, runId, options)));
  answering(
    runs
      .command("signal <run> <signal>")
      .description("send a signal to a run; it is kept until a step waits for it")
      .option("--payload <json>", "what it carries")
      .option("--dedupe-key <key>", "a second signal with this key is dropped")
      .option("--sender <name>", "who sends it; the user of this shell without it"),
  ).action(async (run: string, signal: string, options) =>
    does((await load()).signalRun(io, { run, signal }, options)),
  );
  addArtifacts(program, context);
}

function addArtifacts(program: Command, { io, does }: Context): void {
  const artifacts = program.command("artifacts").description("files that runs wrote");
  answering(artifacts.command("list <run>").description("list the files of a run")).action(
    async (runId: string, options) =>
      does((await loadArtifacts()).listArtifacts(io, runId, options)),
  );
  target(
    artifacts
      .command("get <run> [paths...]")
      .description("fetch the files of a run, or those that are named")
      .option("--to <folder>", "where to put them", "."),
  ).action(async (runId: string, paths: string[], options) =>
    does((await loadArtifacts()).getArtifacts(io, { runId, paths }, options)),
  );
}

function load() {
  return import("../commands/runs.ts");
}

function loadArtifacts() {
  return import("../commands/artifacts.ts");
}
