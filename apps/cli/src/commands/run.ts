import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";

import type { MessageInitShape } from "@bufbuild/protobuf";
import { compile, type Plan, validationText } from "@orchestrator/pipeline";
import {
  type CreateRunRequestSchema,
  type Run,
  RunEventKind,
  RunStatus,
} from "@orchestrator/proto/v1/run_pb";
import { listenForInterrupts, type Interrupts } from "@orchestrator/service";
import { catalogue } from "@orchestrator/tools/catalogue";

import { CliError } from "../cli-error.ts";
import { connect, type Connection, type Target, urlOf } from "../connection.ts";
import { isFileArgument, readDocument } from "../document-file.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { type InputFlags, suppliedInputs } from "../input-flags.ts";
import type { Io } from "../io.ts";
import { documentText } from "../run/document-text.ts";
import { failureText } from "../run/failure-text.ts";
import { localFiles } from "../run/local-files.ts";
import { Progress } from "../run/progress.ts";
import { readResult, type RunResult } from "../run/run-result.ts";
import { summaryText } from "../run/summary.ts";
import { reattach } from "./runs.ts";

export type RunOptions = Target &
  InputFlags & {
    readonly output?: string;
    readonly json?: boolean;
    readonly detach?: boolean;
    readonly watch?: boolean;
    readonly verbose?: boolean;
    readonly strict?: boolean;
  };

/** `run`: runs a document or a stored pipeline to its end, in this process or in the mesh that `--url` names (L179, L180). */
export async function run(io: Io, what: string, options: RunOptions): Promise<ExitCode> {
  if (options.detach === true && urlOf(io, options) === undefined) {
    throw new CliError("--detach needs --url: a run of this process ends with it", EXIT.usage);
  }
  const isFile = isFileArgument(io, what);
  const source = isFile ? readDocument(io, what) : undefined;
  const plan =
    source === undefined
      ? undefined
      : planOf(io, { source, file: what, strict: options.strict ?? false });
  const inputs = suppliedInputs(io, plan, options);
  using interrupts = listenForInterrupts();
  await using connection = await connect(io, options);
  await tellOfUnfinished(io, connection);
  const created = await connection.runs.createRun({
    what:
      source === undefined
        ? { case: "pipeline", value: { name: what } }
        : { case: "source", value: source },
    given: { case: "inputsJson", value: JSON.stringify(inputs) },
    requestId: randomUUID(),
    ...(connection.mesh === undefined ? { files: localFiles(io, plan, inputs) } : {}),
  } satisfies MessageInitShape<typeof CreateRunRequestSchema>);
  const accepted = created.run;
  if (accepted === undefined) {
    throw new Error("the mesh accepted a run without saying which");
  }
  connection.mesh?.want(accepted.runId);
  if (options.detach === true) {
    io.stdout.write(`${accepted.runId}\n`);
    return EXIT.ok;
  }
  return followed(io, { connection, accepted, interrupts, options });
}

type Following = {
  readonly connection: Connection;
  readonly accepted: Run;
  readonly interrupts: Interrupts;
  readonly options: RunOptions;
};

/** Until the run ends: an interrupt cancels a run of this process, and lets go of one elsewhere that is watched. */
async function followed(io: Io, following: Following): Promise<ExitCode> {
  const { connection, accepted, interrupts, options } = following;
  const isWatching = options.watch ?? io.stderr.isTerminal;
  const progress = new Progress(io, { isShown: isWatching, isVerbose: options.verbose ?? false });
  const letsGo = connection.mesh === undefined && options.watch === true;
  const signal = letsGo ? interrupts.first : interrupts.second;
  const cancelling = onAbort(interrupts.first, async () => {
    if (!letsGo) {
      await cancelQuietly(connection, accepted.runId);
    }
  });
  try {
    await watchToEnd(following, { progress, signal });
  } catch (error) {
    if (!signal.aborted) throw error;
    if (letsGo) {
      io.stderr.write(`detached; watch again with: ${reattach(connection, accepted.runId)}\n`);
    }
    return EXIT.interrupted;
  } finally {
    cancelling[Symbol.dispose]();
  }
  const { documentJson, run: ended } = await connection.runs.getRun({ runId: accepted.runId });
  printResult(io, { documentJson, options });
  const result = readResult(documentJson);
  if (!result.success) {
    io.stderr.write(failureText(result));
  }
  return exitCodeOf(ended, { result, wasInterrupted: interrupts.first.aborted });
}

function exitCodeOf(
  ended: Run | undefined,
  { result, wasInterrupted }: { result: RunResult; wasInterrupted: boolean },
): ExitCode {
  if (wasInterrupted && ended?.status === RunStatus.CANCELLED) {
    return EXIT.interrupted;
  }
  return result.success ? EXIT.ok : EXIT.runFailed;
}

function printResult(
  io: Io,
  { documentJson, options }: { documentJson: string; options: RunOptions },
): void {
  const text = documentText(documentJson);
  if (options.output !== undefined) {
    writeFileSync(resolve(io.cwd, options.output), text);
  } else if (options.json === true || !io.stdout.isTerminal) {
    io.stdout.write(text);
    return;
  }
  if (io.stdout.isTerminal) {
    io.stdout.write(summaryText(readResult(documentJson), { folder: io.cwd }));
  }
}

/** A stream that breaks is opened again where it broke. */
async function watchToEnd(
  { connection, accepted: { runId } }: Following,
  { progress, signal }: { progress: Progress; signal: AbortSignal },
): Promise<void> {
  let afterSequence = 0n;
  for await (const { what } of connection.runs.watchRun({ runId, afterSequence }, { signal })) {
    if (what.case === "event") {
      afterSequence = what.value.sequence;
      progress.show(what.value);
      if (what.value.kind === RunEventKind.RUN_FINISHED) {
        return;
      }
    }
  }
}

/** Compile as the mesh will, so that a refusal says where in the file. */
function planOf(
  io: Io,
  { source, file, strict }: { source: string; file: string; strict: boolean },
): Plan {
  const compilation = compile(source, { bundle: [], catalogue });
  const isRefused =
    compilation.kind === "refused" ||
    (strict && compilation.findings.some(({ severity }) => severity === "warning"));
  if (compilation.kind === "refused" || isRefused) {
    throw new CliError(
      validationText({ file, compilation, violations: [], strict }).trimEnd(),
      EXIT.usage,
    );
  }
  if (io.stderr.isTerminal && compilation.findings.some(({ severity }) => severity === "warning")) {
    io.stderr.write(validationText({ file, compilation, violations: [], strict }));
  }
  return compilation.plan;
}

async function tellOfUnfinished(io: Io, { mesh, runs }: Connection): Promise<void> {
  if (mesh === undefined) {
    return;
  }
  const statuses = [RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.WAITING];
  const { runs: unfinished } = await runs.listRuns({ statuses, pageSize: 1_000 });
  if (unfinished.length > 0) {
    const ids = unfinished.map(({ runId }) => runId);
    const shown =
      ids.slice(0, 3).join(", ") + (ids.length > 3 ? ` and ${ids.length - 3} more` : "");
    io.stderr.write(`unfinished runs in this store: ${shown}; npm start takes them up\n`);
  }
}

async function cancelQuietly({ runs }: Connection, runId: string): Promise<void> {
  try {
    await runs.cancelRun({
      runId,
      requestId: randomUUID(),
      reason: "interrupted from the terminal",
    });
  } catch {
    // It ended meanwhile, or the mesh is gone: the watch says which.
  }
}

function onAbort(signal: AbortSignal, react: () => Promise<void>): Disposable {
  const listener = (): void => {
    react().catch(() => undefined); // `react` handles what it may; the watch tells the rest.
  };
  signal.addEventListener("abort", listener, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener("abort", listener) };
}
