import { randomUUID } from "node:crypto";

import { create, toJson } from "@bufbuild/protobuf";
import {
  CancelRunResponseSchema,
  ListRunEventsResponseSchema,
  ListRunsResponseSchema,
  type Run,
  type RunEvent,
  RunEventKind,
  RunEventSchema,
  RunStatus,
  RunView,
  SignalRunResponseSchema,
} from "@orchestrator/proto/v1/run_pb";

import { CliError } from "../cli-error.ts";
import { connect, type Target } from "../connection.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Io } from "../io.ts";
import { printAnswer } from "../output/answer.ts";
import { table } from "../output/table.ts";
import { statusWord, timeText } from "../output/words.ts";
import { documentText } from "../run/document-text.ts";
import { reattach } from "../run/reattach.ts";
import { runIdFrom } from "../run/run-id.ts";

type Listing = Target & {
  readonly json?: boolean;
  readonly limit?: number;
  readonly pageToken?: string;
  readonly pipeline?: string;
  readonly status?: readonly string[];
  readonly label?: readonly string[];
};

/** `runs list`: a page of runs, the newest first. */
export async function listRuns(io: Io, options: Listing): Promise<ExitCode> {
  await using connection = await connect(io, options);
  const message = await connection.runs.listRuns({
    pageSize: options.limit ?? 0,
    pageToken: options.pageToken ?? "",
    pipeline: options.pipeline ?? "",
    statuses: (options.status ?? []).map(statusFrom),
    labels: labelsFrom(options.label ?? []),
  });
  printAnswer(io, {
    schema: ListRunsResponseSchema,
    message,
    json: options.json ?? false,
    asTable: () =>
      table(["RUN", "PIPELINE", "STATUS", "CREATED", "ENDED"], message.runs.map(rowOf)) +
      (message.nextPageToken === "" ? "" : `more: --page-token ${message.nextPageToken}\n`),
  });
  return EXIT.ok;
}

/** `runs get`: the result document of a run (L174). */
export async function getRun(
  io: Io,
  given: string,
  options: Target & { readonly full?: boolean },
): Promise<ExitCode> {
  const runId = runIdFrom(given);
  await using connection = await connect(io, options);
  const view = options.full === true ? RunView.INLINED : RunView.FULL;
  const { documentJson } = await connection.runs.getRun({ runId, view });
  io.stdout.write(documentText(documentJson));
  return EXIT.ok;
}

/** `runs events`: the committed events of a run, all of them. */
export async function listEvents(
  io: Io,
  given: string,
  options: Target & { readonly json?: boolean },
): Promise<ExitCode> {
  const runId = runIdFrom(given);
  await using connection = await connect(io, options);
  const events: RunEvent[] = [];
  for (let pageToken = ""; ;) {
    const page = await connection.runs.listRunEvents({ runId, pageSize: 1_000, pageToken });
    events.push(...page.events);
    pageToken = page.nextPageToken;
    if (pageToken === "") break;
  }
  printAnswer(io, {
    schema: ListRunEventsResponseSchema,
    message: create(ListRunEventsResponseSchema, { events }),
    json: options.json ?? false,
    asTable: () =>
      table(
        ["SEQ", "TIME", "EVENT", "STEP", "ATTEMPT"],
        events.map(({ sequence, time, kind, step, attempt }) => [
          String(sequence),
          timeText(time),
          kindWord(kind),
          step,
          attempt === 0 ? "" : String(attempt),
        ]),
      ),
  });
  return EXIT.ok;
}

/** `runs watch`: one event a line as they are committed, until the run ends or the command is interrupted. */
export async function watchRun(
  io: Io,
  given: string,
  { signal, ...target }: Target & { readonly signal: AbortSignal },
): Promise<ExitCode> {
  const runId = runIdFrom(given);
  await using connection = await connect(io, target);
  const { closed } = io.stdout;
  const until = closed === undefined ? signal : AbortSignal.any([signal, closed]);
  let lastSequence = 0n;
  try {
    for await (const { what } of connection.runs.watchRun({ runId }, { signal: until })) {
      if (what.case === "event") {
        lastSequence = what.value.sequence;
        io.stdout.write(`${JSON.stringify(toJson(RunEventSchema, what.value))}\n`);
      }
    }
  } catch (error) {
    if (closed?.aborted === true) return EXIT.ok;
    if (!signal.aborted) throw error;
    io.stderr.write(
      `detached after event ${lastSequence}; watch again with: ${reattach(connection, runId)}\n`,
    );
    return EXIT.interrupted;
  }
  return EXIT.ok;
}

/** `runs cancel`: ask a run to stop. */
export async function cancelRun(
  io: Io,
  given: string,
  options: Target & { readonly reason?: string; readonly json?: boolean },
): Promise<ExitCode> {
  const runId = runIdFrom(given);
  await using connection = await connect(io, options);
  const message = await connection.runs.cancelRun({
    runId,
    requestId: randomUUID(),
    reason: options.reason ?? "",
  });
  printAnswer(io, {
    schema: CancelRunResponseSchema,
    message,
    json: options.json ?? false,
    asTable: () => `${runId} ${message.run === undefined ? "" : statusWord(message.run.status)}\n`,
  });
  return EXIT.ok;
}

/** `runs signal`: send a signal to a run; one that is sent before a step waits for it is kept. */
export async function signalRun(
  io: Io,
  { run, signal }: { readonly run: string; readonly signal: string },
  options: Target & {
    readonly payload?: string;
    readonly dedupeKey?: string;
    readonly sender?: string;
    readonly json?: boolean;
  },
): Promise<ExitCode> {
  const runId = runIdFrom(run);
  await using connection = await connect(io, options);
  const message = await connection.runs.signalRun({
    runId,
    signal,
    payloadJson: options.payload ?? "",
    dedupeKey: options.dedupeKey ?? "",
    sender: options.sender ?? io.env["USER"] ?? "",
    requestId: randomUUID(),
  });
  printAnswer(io, {
    schema: SignalRunResponseSchema,
    message,
    json: options.json ?? false,
    asTable: () =>
      `${runId} ${message.duplicate ? "had this signal already" : "was sent"} ${signal}\n`,
  });
  return EXIT.ok;
}

function rowOf({ runId, pipeline, status, waitingReason, createTime, endTime }: Run): string[] {
  const word = statusWord(status);
  return [
    runId,
    pipeline,
    waitingReason === "" ? word : `${word} (${waitingReason})`,
    timeText(createTime),
    timeText(endTime),
  ];
}

function kindWord(kind: RunEventKind): string {
  const name = Object.entries(RunEventKind).find(([, value]) => value === kind)?.[0];
  return name?.toLowerCase() ?? String(kind);
}

function statusFrom(word: string): RunStatus {
  const entry = Object.entries(RunStatus).find(
    ([name]) => name.toLowerCase() === word.toLowerCase(),
  );
  if (entry === undefined || entry[1] === RunStatus.UNSPECIFIED) {
    const known = Object.keys(RunStatus).slice(1).join(", ").toLowerCase();
    throw new CliError(`no status ${word}; there are ${known}`, EXIT.usage);
  }
  return entry[1];
}

function labelsFrom(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      return at === -1 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
