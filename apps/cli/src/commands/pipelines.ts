import { randomUUID } from "node:crypto";

import { compile } from "@orchestrator/pipeline";
import {
  CreatePipelineResponseSchema,
  Finding_Severity as Severity,
  GetPipelineResponseSchema,
  ListPipelinesResponseSchema,
} from "@orchestrator/proto/v1/pipeline_pb";
import { catalogue } from "@orchestrator/tools/catalogue";

import { connect, type Target } from "../connection.ts";
import { folderOfDocument, readDocument } from "../document-file.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Io } from "../io.ts";
import { printAnswer } from "../output/answer.ts";
import { table } from "../output/table.ts";
import { timeText } from "../output/words.ts";

type Options = Target & { readonly json?: boolean };

/** `pipelines push`: store a document as the next version of its pipeline. */
export async function pushPipeline(io: Io, file: string, options: Options): Promise<ExitCode> {
  const source = readDocument(io, file);
  const files = folderOfDocument(io, file);
  compile(source, { bundle: [], files, catalogue }); // The mesh judges; this finds out what goes along.
  await using connection = await connect(io, options);
  const message = await connection.pipelines.createPipeline({
    source,
    bundle: [...files.bundle],
    requestId: randomUUID(),
  });
  for (const { severity, code, line, column, message: text } of message.findings) {
    if (severity === Severity.WARNING && io.stderr.isTerminal) {
      io.stderr.write(`${code} ${file}:${line}:${column} ${text}\n`);
    }
  }
  printAnswer(io, {
    schema: CreatePipelineResponseSchema,
    message,
    json: options.json ?? false,
    asTable: () => `${message.pipeline?.name ?? ""} version ${message.pipeline?.version ?? 0}\n`,
  });
  return EXIT.ok;
}

/** `pipelines list`: the newest version of every pipeline. */
export async function listPipelines(
  io: Io,
  options: Options & {
    readonly archived?: boolean;
    readonly limit?: number;
    readonly pageToken?: string;
  },
): Promise<ExitCode> {
  await using connection = await connect(io, options);
  const message = await connection.pipelines.listPipelines({
    includeArchived: options.archived ?? false,
    pageSize: options.limit ?? 0,
    pageToken: options.pageToken ?? "",
  });
  printAnswer(io, {
    schema: ListPipelinesResponseSchema,
    message,
    json: options.json ?? false,
    asTable: () =>
      table(
        ["NAME", "VERSION", "TITLE", "STORED"],
        message.pipelines.map(({ name, version, title, createTime, archiveTime }) => [
          name,
          String(version),
          title,
          timeText(createTime) + (archiveTime === undefined ? "" : " (archived)"),
        ]),
      ) + (message.nextPageToken === "" ? "" : `more: --page-token ${message.nextPageToken}\n`),
  });
  return EXIT.ok;
}

/** `pipelines get`: the document of a version; on a terminal the document alone. */
export async function getPipeline(
  io: Io,
  name: string,
  options: Options & { readonly version?: number },
): Promise<ExitCode> {
  await using connection = await connect(io, options);
  const message = await connection.pipelines.getPipeline({ name, version: options.version ?? 0 });
  printAnswer(io, {
    schema: GetPipelineResponseSchema,
    message,
    json: options.json ?? false,
    asTable: () => message.source,
  });
  return EXIT.ok;
}
