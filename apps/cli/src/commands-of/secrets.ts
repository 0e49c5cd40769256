import type { Command } from "commander";

import { answering, type Context } from "./flags.ts";

/** Add the commands on the secrets that documents name. */
export function addSecrets(program: Command, { io, does }: Context): void {
  const secrets = program.command("secrets").description("values that documents read by name");
  answering(
    secrets
      .command("set <name>")
      .description("store a secret, or a new value of it; the value is read from standard input")
      .option("--from <file>", "file with the value"),
  ).action(async (name: string, options) => does((await load()).setSecret(io, name, options)));
  answering(secrets.command("list").description("list secrets by name, without their values"), {
    pages: true,
  }).action(async (options) => does((await load()).listSecrets(io, options)));
  answering(secrets.command("delete <name>").description("delete a secret")).action(
    async (name: string, options) => does((await load()).deleteSecret(io, name, options)),
  );
}

function load() {
  return import("../commands/secrets.ts");
}
