import type { Command } from "commander";

import type { Context } from "./flags.ts";

/** Add the commands for those who operate a mesh. */
export function addOperations(program: Command, context: Context): void {
  const { io, does } = context;
  program
    .command("health")
    .description("say whether a service of this machine is ready: exit 0 or 1")
    .option("--service <name>", "gateway, registry, executor or state", "gateway")
    .option("--json", "print the service's own words")
    .action(async (options) => does((await import("../commands/health.ts")).health(io, options)));
  configured(
    program
      .command("doctor")
      .description(
        "test the database, Redis, peers, providers, clock, certificates and migrations",
      ),
  ).action(async (options) => does((await import("../commands/doctor.ts")).doctor(io, options)));
  addMigrate(program, context);
  addConfig(program, context);
}

function addMigrate(program: Command, { io, does }: Context): void {
  const migrate = program.command("migrate").description("the schema of the database");
  configured(
    migrate.command("status").description("list migrations that are applied and that are due"),
  ).action(async (options) => does((await loadMigrate()).migrationsStatus(io, options)));
  configured(migrate.command("up").description("apply what is due")).action(async (options) =>
    does((await loadMigrate()).migrateUp(io, options)),
  );
}

function addConfig(program: Command, { io, does }: Context): void {
  const config = program.command("config").description("the configuration");
  configured(config.command("check").description("say what is wrong with it")).action(
    async (options) => does((await loadConfig()).checkConfig(io, options)),
  );
  configured(
    config.command("print").description("print what is in effect, without secrets"),
  ).action(async (options) => does((await loadConfig()).printConfig(io, options)));
}

function configured(command: Command): Command {
  return command.option("--config <file>", "configuration file").option("--json", "print JSON");
}

function loadMigrate() {
  return import("../commands/migrate.ts");
}

function loadConfig() {
  return import("../commands/config.ts");
}
