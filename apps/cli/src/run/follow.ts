import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { Code, RpcError } from "@orchestrator/client";
import { type Run, RunEventKind, RunStatus, RunView } from "@orchestrator/proto/v1/run_pb";
import type { Interrupts } from "@orchestrator/service";

import type { Connection } from "../connection.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Io } from "../io.ts";
import { documentText } from "./document-text.ts";
import { failureText } from "./failure-text.ts";
import { Progress } from "./progress.ts";
import { inMesh, reattach } from "./reattach.ts";
import { writeResult } from "./result-file.ts";
import { readResult, type RunResult } from "./run-result.ts";
import { summaryText } from "./summary.ts";

/** What is shown of a run while it goes on, and of what became of it. */
export type Shown = {
  readonly output?: string;
  readonly json?: boolean;
  readonly full?: boolean;
  readonly watch?: boolean;
  readonly verbose?: boolean;
};

/** A run that was accepted. */
export type Following = {
  readonly connection: Connection;
  readonly runId: string;
  readonly interrupts: Interrupts;
  readonly shown: Shown;
};

/** A mesh that is gone is tried again for so long before it counts as unreachable. */
const PATIENCE_MS = 30_000;
const RECONNECT_MS = 500;

/**
 * Follow a run until it ends, and print what became of it. An interrupt cancels it, and a second one leaves it to its
 * fate; a run elsewhere that is watched is only let go of (L180).
 */
export async function follow(io: Io, following: Following): Promise<ExitCode> {
  const { connection, runId, interrupts, shown } = following;
  const letsGo = connection.mesh === undefined && shown.watch === true;
  const signal = letsGo ? interrupts.first : interrupts.second;
  using cancelling = onAbort(interrupts.first, async () => {
    if (!letsGo) {
      await cancelQuietly(connection, runId);
    }
  });
  void cancelling; // Held until the block ends.
  try {
    await watchToEnd(io, following, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    if (letsGo) {
      io.stderr.write(`detached; watch again with: ${reattach(connection, runId)}\n`);
    }
    return EXIT.interrupted;
  }
  const view = shown.full === true ? RunView.INLINED : RunView.FULL;
  const { documentJson, run: ended } = await connection.runs.getRun({ runId, view });
  printResult(io, { connection, runId, documentJson }, shown);
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

type Ended = Pick<Following, "connection" | "runId"> & { readonly documentJson: string };

function printResult(
  io: Io,
  { connection, runId, documentJson }: Ended,
  { output, json }: Shown,
): void {
  const text = documentText(documentJson);
  if (output !== undefined) {
    writeResult(io, { path: output, text, runId });
  } else if (json === true || !io.stdout.isTerminal) {
    io.stdout.write(text);
    return;
  }
  if (io.stdout.isTerminal) {
    io.stdout.write(
      summaryText(readResult(documentJson), { folder: folderOf(io, connection, runId) }),
    );
  }
}

/** A mesh elsewhere keeps the files of its runs, and this folder has none of them. */
function folderOf(io: Io, connection: Connection, runId: string): string {
  return connection.mesh === undefined
    ? `the mesh; fetch them with: ${inMesh(connection, `artifacts get ${runId} --to DIR`)}`
    : io.cwd;
}

/** A stream that breaks is opened again where it broke. */
async function watchToEnd(
  io: Io,
  { connection: { runs, mesh }, runId, shown }: Following,
  signal: AbortSignal,
): Promise<void> {
  const isShown = shown.watch ?? io.stderr.isTerminal;
  const progress = new Progress(io, { isShown, isVerbose: shown.verbose ?? false });
  let afterSequence = 0n;
  let heardAtMs = performance.now();
  for (;;) {
    try {
      for await (const { what } of runs.watchRun({ runId, afterSequence }, { signal })) {
        heardAtMs = performance.now();
        if (what.case === "event") {
          afterSequence = what.value.sequence;
          progress.show(what.value);
          if (what.value.kind === RunEventKind.RUN_FINISHED) {
            return;
          }
        }
      }
    } catch (error) {
      const isGone = error instanceof RpcError && error.code === Code.Unavailable;
      if (mesh !== undefined || !isGone || performance.now() - heardAtMs > PATIENCE_MS) {
        throw error;
      }
    }
    await sleep(RECONNECT_MS, undefined, { signal });
  }
}

async function cancelQuietly({ runs }: Connection, runId: string): Promise<void> {
  try {
    const reason = "interrupted from the terminal";
    await runs.cancelRun({ runId, requestId: randomUUID(), reason });
  } catch {
    // It ended meanwhile, or the mesh is gone: the watch says which.
  }
}

function onAbort(signal: AbortSignal, react: () => Promise<void>): Disposable {
  const listener = (): void => {
    react().catch(() => undefined); // `react` handles what it may; the watch tells the rest.
  };
  signal.addEventListener("abort", listener, { once: true });
  if (signal.aborted) {
    listener();
  }
  return { [Symbol.dispose]: () => signal.removeEventListener("abort", listener) };
}
