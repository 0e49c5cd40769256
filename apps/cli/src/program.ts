import { Command, CommanderError, InvalidArgumentError } from "commander";

import type { Target } from "./connection.ts";
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
      const program = new Command("orchestrator")
        .description("Runs declarative AI pipelines durably.")
        .version(version())
        .exitOverride()
        .configureOutput({
          writeOut: (text) => io.stdout.write(text),
          writeErr: (text) => io.stderr.write(text),
        })
        .showHelpAfterError("(orchestrator --help shows what there is)");
      const does = (work: Promise<ExitCode>): Promise<void> =>
        work.then((code) => {
          exitCode = code;
        });
      addRunning(program, { io, does });
      addRuns(program, { io, does });
      addPipelines(program, { io, does });
      addOperations(program, { io, does });
      try {
        await program.parseAsync(args, { from: "user" });
        return exitCode;
      } catch (error) {
        return exitCodeFor(io, error);
      }
    },
  };
}

type Context = { readonly io: Io; readonly does: (work: Promise<ExitCode>) => Promise<void> };

function addRunning(program: Command, { io, does }: Context): void {
  program
    .command("serve")
    .description("serve the mesh, or some of its services, until Ctrl-C")
    .option("--services <list>", "all, or some of gateway,registry,executor,state", "all")
    .option("--config <file>", "configuration file")
    .action(async (options) => does((await import("./commands/serve.ts")).serve(io, options)));
  target(
    program
      .command("run <what>")
      .description("run a pipeline: a FILE, or the NAME of a stored one")
      .option("-i, --input <name=value>", "an input; may be repeated", collect)
      .option("-c, --context <file>", "JSON file with inputs; -i wins")
      .option("-o, --output <file>", "write the result document there")
      .option("--json", "print the result document, on a terminal too")
      .option("--detach", "do not wait for the end (needs --url)")
      .option("--watch", "show progress, also without a terminal")
      .option("-v, --verbose", "show every event on stderr")
      .option("--strict", "refuse documents with warnings"),
    { embeds: true },
  ).action(async (what: string, options) =>
    does((await import("./commands/run.ts")).run(io, what, options)),
  );
  program
    .command("validate <file>")
    .description("say what the compiler finds in a document")
    .option("-i, --input <name=value>", "check this input too; may be repeated", collect)
    .option("-c, --context <file>", "JSON file with inputs to check")
    .option("--json", "print the findings as JSON")
    .option("--strict", "exit 2 for warnings too")
    .action(async (file: string, options) =>
      does((await import("./commands/validate.ts")).validate(io, file, options)),
    );
}

function addRuns(program: Command, { io, does }: Context): void {
  const runs = program.command("runs").description("runs, and what became of them");
  const load = () => import("./commands/runs.ts");
  answering(
    runs
      .command("list")
      .description("list runs, the newest first")
      .option("--pipeline <name>", "only runs of this pipeline")
      .option("--status <status>", "only runs that stand so; may be repeated", collect)
      .option("--label <key=value>", "only runs that carry this label; may be repeated", collect),
    { pages: true },
  ).action(async (options) => does((await load()).listRuns(io, options)));
  target(runs.command("get <run>").description("print the result document of a run")).action(
    async (runId: string, options) => does((await load()).getRun(io, runId, options)),
  );
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
  const artifacts = program.command("artifacts").description("files that runs wrote");
  const loadArtifacts = () => import("./commands/artifacts.ts");
  answering(artifacts.command("list <run>").description("list the files of a run")).action(
    async (runId: string, options) =>
      does((await loadArtifacts()).listArtifacts(io, runId, options)),
  );
  target(
    artifacts
      .command("get <run> [paths...]")
      .description("fetch the files of a run")
      .option("--to <folder>", "where to put them", "."),
  ).action(async (runId: string, paths: string[], options) =>
    does((await loadArtifacts()).getArtifacts(io, { runId, paths }, options)),
  );
}

function addPipelines(program: Command, { io, does }: Context): void {
  const pipelines = program.command("pipelines").description("stored pipelines and their versions");
  const load = () => import("./commands/pipelines.ts");
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
  ).action(async (options) =>
    does((await import("./commands/sessions.ts")).listSessions(io, options)),
  );
}

function addOperations(program: Command, { io, does }: Context): void {
  program
    .command("health")
    .description("say whether a service of this machine is ready: exit 0 or 1")
    .option("--service <name>", "gateway, registry, executor or state", "gateway")
    .option("--json", "print the service's own words")
    .action(async (options) => does((await import("./commands/health.ts")).health(io, options)));
  program
    .command("doctor")
    .description("test the database, Redis, peers, providers, clock and migrations")
    .option("--config <file>", "configuration file")
    .option("--json", "print the findings as JSON")
    .action(async (options) => does((await import("./commands/doctor.ts")).doctor(io, options)));
  const migrate = program.command("migrate").description("the schema of the database");
  const loadMigrate = () => import("./commands/migrate.ts");
  migrate
    .command("status")
    .description("list migrations that are applied and that are due")
    .option("--config <file>", "configuration file")
    .option("--json", "print them as JSON")
    .action(async (options) => does((await loadMigrate()).migrationsStatus(io, options)));
  migrate
    .command("up")
    .description("apply what is due")
    .option("--config <file>", "configuration file")
    .option("--json", "print what was applied as JSON")
    .action(async (options) => does((await loadMigrate()).migrateUp(io, options)));
  const config = program.command("config").description("the configuration");
  const loadConfig = () => import("./commands/config.ts");
  config
    .command("check")
    .description("say what is wrong with it")
    .option("--config <file>", "configuration file")
    .option("--json", "print it as JSON")
    .action(async (options) => does((await loadConfig()).checkConfig(io, options)));
  config
    .command("print")
    .description("print what is in effect, without secrets")
    .option("--config <file>", "configuration file")
    .option("--json", "print it as JSON")
    .action(async (options) => does((await loadConfig()).printConfig(io, options)));
}

/** Flags of every command that calls the API. */
function target(command: Command, { embeds = true }: { embeds?: boolean } = {}): Command {
  command
    .option(
      "--url <url>",
      "the mesh to speak to; ORCHESTRATOR_URL otherwise, else one in this process",
    )
    .option("--api-key-file <file>", "file with the API key; ORCHESTRATOR_API_KEY otherwise")
    .option("--ca-file <file>", "certificates to trust, as PEM")
    .option("--config <file>", "configuration of a mesh in this process");
  return embeds
    ? command.option("--ephemeral", "keep nothing: a mesh in this process works in memory")
    : command;
}

/** Flags of commands that print an answer of the API. */
function answering(command: Command, { pages = false }: { pages?: boolean } = {}): Command {
  const answered = target(command).option("--json", "print JSON, on a terminal too");
  return pages
    ? answered
        .option("--limit <n>", "at most this many", count)
        .option("--page-token <token>", "the page after the one that printed this token")
    : answered;
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function count(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1) {
    throw new InvalidArgumentError("must be a whole number from 1.");
  }
  return number;
}

/** What ends a command is said in one line, and never with a stack unless it is a bug. */
async function exitCodeFor(io: Io, error: unknown): Promise<ExitCode> {
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
  const { CliError, cliErrorFrom } = await import("./cli-error.ts");
  const known = error instanceof CliError ? error : cliErrorFrom(error);
  io.stderr.write(`${known.message}\n`);
  return known.exitCode;
}
