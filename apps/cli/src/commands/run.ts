import { randomUUID } from "node:crypto";

import type { MessageInitShape } from "@bufbuild/protobuf";
import { type CreateRunRequestSchema, RunStatus } from "@orchestrator/proto/v1/run_pb";
import { listenForInterrupts } from "@orchestrator/service";

import { CliError } from "../cli-error.ts";
import { connect, type Connection, type Target, urlOf } from "../connection.ts";
import { isFileArgument } from "../document-file.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { type InputFlags, jsonFile } from "../input-flags.ts";
import type { Io } from "../io.ts";
import { type Following, follow, type Shown } from "../run/follow.ts";
import { localFiles } from "../run/local-files.ts";
import { checkResultPlace } from "../run/result-file.ts";
import { type Submission, submissionOfFile, submissionOfName } from "../run/submission.ts";

export type RunOptions = Target &
  InputFlags &
  Shown & {
    readonly detach?: boolean;
    readonly strict?: boolean;
    readonly autoResponses?: string;
    readonly wait?: boolean;
  };

/** `run`: runs a document or a stored pipeline to its end, in this process or in the mesh that `--url` names (L179, L180). */
export async function run(io: Io, what: string, options: RunOptions): Promise<ExitCode> {
  if (options.detach === true && urlOf(io, options) === undefined) {
    throw new CliError("--detach needs --url: a run of this process ends with it", EXIT.usage);
  }
  const fromFile = isFileArgument(io, what) ? submissionOfFile(io, what, options) : undefined;
  if (options.output !== undefined) {
    checkResultPlace(io, options.output);
  }
  const autoResponses = autoResponsesFrom(io, options.autoResponses);
  using interrupts = listenForInterrupts();
  const insisted = (): void => io.leaveSoon(EXIT.interrupted);
  interrupts.second.addEventListener("abort", insisted, { once: true });
  await using connection = await connect(io, options);
  await tellOfUnfinished(io, connection);
  const submission =
    fromFile ?? (await submissionOfName(io, connection, { ...options, name: what }));
  if (interrupts.first.aborted) {
    return EXIT.interrupted; // Nothing was started yet.
  }
  const { run: accepted } = await connection.runs.createRun({
    ...requestFrom(io, connection, submission),
    ...autoResponses,
    // L152: this command asks nobody itself, so nobody is there unless somebody else answers.
    unattended: options.wait !== true,
  });
  if (accepted === undefined) {
    throw new Error("the mesh accepted a run without saying which");
  }
  connection.mesh?.want(accepted.runId);
  if (options.detach === true) {
    io.stdout.write(`${accepted.runId}\n`);
    return EXIT.ok;
  }
  const following: Following = { connection, runId: accepted.runId, interrupts, shown: options };
  return await follow(io, following);
}

/** L131: answers that ask no model. */
function autoResponsesFrom(
  io: Io,
  file: string | undefined,
): { readonly autoResponsesJson?: string } {
  return file === undefined ? {} : { autoResponsesJson: JSON.stringify(jsonFile(io, file)) };
}

type Request = MessageInitShape<typeof CreateRunRequestSchema>;

function requestFrom(io: Io, connection: Connection, submission: Submission): Request {
  const { what, bundle, plan, inputs } = submission;
  return {
    what,
    given: { case: "inputsJson", value: JSON.stringify(inputs) },
    bundle: [...bundle],
    requestId: randomUUID(),
    ...(connection.mesh === undefined ? { files: localFiles(io, plan, inputs) } : {}),
  };
}

/** A mesh of this process takes up its own run only; what others left is named, once. */
async function tellOfUnfinished(io: Io, { mesh, runs }: Connection): Promise<void> {
  if (mesh === undefined) {
    return;
  }
  const statuses = [RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.WAITING];
  const { runs: unfinished } = await runs.listRuns({ statuses, pageSize: MAX_COUNTED });
  if (unfinished.length > 0) {
    const ids = unfinished.map(({ runId }) => runId);
    const more = ids.length > MAX_NAMED ? ` and ${ids.length - MAX_NAMED} more` : "";
    const shown = ids.slice(0, MAX_NAMED).join(", ") + more;
    io.stderr.write(`unfinished runs in this store: ${shown}; npm start takes them up\n`);
  }
}

const MAX_COUNTED = 1_000;
const MAX_NAMED = 3;
