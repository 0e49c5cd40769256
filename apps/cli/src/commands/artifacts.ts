import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import { ListArtifactsResponseSchema } from "@orchestrator/proto/v1/run_pb";

import { CliError } from "../cli-error.ts";
import { connect, type Connection, type Target } from "../connection.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Io } from "../io.ts";
import { printAnswer } from "../output/answer.ts";
import { table } from "../output/table.ts";
import { sizeText } from "../output/words.ts";
import { runIdFrom } from "../run/run-id.ts";

/** `artifacts list`: the files that a run's steps wrote. */
export async function listArtifacts(
  io: Io,
  given: string,
  options: Target & { readonly json?: boolean },
): Promise<ExitCode> {
  const runId = runIdFrom(given);
  await using connection = await connect(io, options);
  const message = await connection.runs.listArtifacts({ runId });
  printAnswer(io, {
    schema: ListArtifactsResponseSchema,
    message,
    json: options.json ?? false,
    asTable: () =>
      table(
        ["PATH", "SIZE", "TYPE", "STEP"],
        message.artifacts.map(({ path, size, mediaType, step }) => [
          path,
          sizeText(Number(size)),
          mediaType,
          step,
        ]),
      ),
  });
  return EXIT.ok;
}

/** `artifacts get`: fetch all of a run's files, or the named ones, into a folder. */
export async function getArtifacts(
  io: Io,
  { runId: given, paths }: { readonly runId: string; readonly paths: readonly string[] },
  options: Target & { readonly to?: string },
): Promise<ExitCode> {
  const runId = runIdFrom(given);
  await using connection = await connect(io, options);
  const { artifacts } = await connection.runs.listArtifacts({ runId });
  const known = artifacts.map(({ path }) => path);
  const missing = paths.filter((path) => !known.includes(path));
  if (missing.length > 0) {
    throw new CliError(`run ${runId} has no artifact ${missing.join(", ")}`, EXIT.notFound);
  }
  const folder = resolve(io.cwd, options.to ?? ".");
  for (const path of paths.length === 0 ? known : paths) {
    await download(connection, { runId, path, to: placeIn(folder, path) });
    io.stdout.write(`${path}\n`);
  }
  return EXIT.ok;
}

/** What a mesh calls a path is not trusted: it stays inside the folder. */
function placeIn(folder: string, path: string): string {
  const place = join(folder, path);
  if (place === folder || relative(folder, place).split(sep)[0] === "..") {
    throw new CliError(
      `the artifact ${path} would leave ${folder}; it was not fetched`,
      EXIT.runFailed,
    );
  }
  return place;
}

async function download(
  { runs }: Connection,
  { runId, path, to }: { runId: string; path: string; to: string },
): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  const partial = join(dirname(to), `.${randomUUID()}.partial`);
  const chunks = (async function* () {
    for await (const { chunk } of runs.downloadArtifact({ runId, path })) yield chunk;
  })();
  try {
    await pipeline(Readable.from(chunks), createWriteStream(partial));
    await rename(partial, to);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}
