import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import {
  DeleteSecretResponseSchema,
  ListSecretsResponseSchema,
  SetSecretResponseSchema,
} from "@orchestrator/proto/v1/admin_pb";

import { CliError } from "../cli-error.ts";
import { connect, type Target } from "../connection.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Io } from "../io.ts";
import { printAnswer } from "../output/answer.ts";
import { table } from "../output/table.ts";
import { timeText } from "../output/words.ts";

type Options = Target & { readonly json?: boolean };

/** `secrets set`: store a secret. Its value comes from a file or from standard input, never from the command line, which others can see. */
export async function setSecret(
  io: Io,
  name: string,
  options: Options & { readonly from?: string },
): Promise<ExitCode> {
  const value = valueFrom(io, options.from);
  await using connection = await connect(io, options);
  const message = await connection.admin.setSecret({ name, value, requestId: randomUUID() });
  printAnswer(io, {
    schema: SetSecretResponseSchema,
    message,
    json: options.json ?? false,
    asTable: () => `${name} is set\n`,
  });
  return EXIT.ok;
}

/** `secrets list`: the secrets of the namespace, without their values. */
export async function listSecrets(
  io: Io,
  options: Options & { readonly limit?: number; readonly pageToken?: string },
): Promise<ExitCode> {
  await using connection = await connect(io, options);
  const message = await connection.admin.listSecrets({
    pageSize: options.limit ?? 0,
    pageToken: options.pageToken ?? "",
  });
  printAnswer(io, {
    schema: ListSecretsResponseSchema,
    message,
    json: options.json ?? false,
    asTable: () =>
      table(
        ["NAME", "SET"],
        message.secrets.map(({ name, updateTime, readable }) => [
          name,
          timeText(updateTime) + (readable ? "" : " (under another key: set it again)"),
        ]),
      ) + (message.nextPageToken === "" ? "" : `more: --page-token ${message.nextPageToken}\n`),
  });
  return EXIT.ok;
}

/** `secrets delete`: attempts that start from now on do not find it. */
export async function deleteSecret(io: Io, name: string, options: Options): Promise<ExitCode> {
  await using connection = await connect(io, options);
  const message = await connection.admin.deleteSecret({ name, requestId: randomUUID() });
  printAnswer(io, {
    schema: DeleteSecretResponseSchema,
    message,
    json: options.json ?? false,
    asTable: () => `${name} is deleted\n`,
  });
  return EXIT.ok;
}

/** A line's end at the end of a file is its editor's, not the secret's. */
function valueFrom(io: Io, from: string | undefined): string {
  const value = (from === undefined ? standardInput(io) : fileText(io, from)).replace(/\r?\n$/, "");
  if (value === "") {
    throw new CliError("the value is empty", EXIT.usage);
  }
  return value;
}

function standardInput({ stdin }: Io): string {
  if (stdin === undefined || stdin.isTerminal) {
    throw new CliError(
      'give the value with --from FILE or by standard input: printf %s "$VALUE" | orchestrator secrets set NAME',
      EXIT.usage,
    );
  }
  return stdin.read();
}

function fileText({ cwd }: Io, file: string): string {
  try {
    return readFileSync(resolve(cwd, file), "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliError(`cannot read the value in ${file}: ${reason}`, EXIT.usage, { cause: error });
  }
}
