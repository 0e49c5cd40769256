import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { constants } from "node:os";
import type { Readable } from "node:stream";

import { type CapturedText, OutputCapture } from "./captured-output.ts";
import {
  type LimitName,
  type ProcessLimits,
  limitScript,
  markedFileBytes,
} from "./process-limits.ts";
import { MARK_VARIABLE, ProcessTree } from "./process-tree.ts";
import { watchTree } from "./process-watch.ts";

/** A program of the host to run, without isolation but under limits. */
export type HostProcess = {
  /** Absolute path of the program. */
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** All of its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Text for its standard input, which then ends. */
  readonly stdin?: string;
  /** Whether stdout and stderr are kept; else they go nowhere. */
  readonly captures: boolean;
  /** Bound of what it may say on file descriptor 3; absent: it has none. */
  readonly answerBytes?: number;
  readonly limits: ProcessLimits;
  /** Unique among the processes of this machine: names the attempt. */
  readonly token: string;
};

/** How a process ended; in every case it and all its descendants are gone. */
export type Ending =
  | { readonly kind: "exit"; readonly status: number }
  | { readonly kind: "signal"; readonly signal: string; readonly status: number }
  | { readonly kind: "limit"; readonly limit: LimitName; readonly status: number }
  | { readonly kind: "aborted" }
  | { readonly kind: "not_started"; readonly message: string };

/** What is known of a process that ended. */
export type HostOutcome = {
  readonly ending: Ending;
  readonly stdout: CapturedText;
  readonly stderr: CapturedText;
  /** What it said on file descriptor 3. */
  readonly answer: CapturedText;
};

/** Time between asking a tree to end and killing it, when it is cancelled (L94). */
const CANCEL_GRACE_MS = 10_000;
/** The same when its time is up already. */
const TIMEOUT_GRACE_MS = 2000;
/** The same for what a process leaves behind when it ends by itself. */
const LEFTOVER_GRACE_MS = 200;

/**
 * Runs a program until it ends, passes a limit, or the signal aborts (with a `TimeoutError` when its time is up).
 *
 * Returns only when nothing of its process tree is left.
 */
export async function runHostProcess(
  spec: HostProcess,
  { signal, onOutput }: { readonly signal: AbortSignal; readonly onOutput?: () => void },
): Promise<HostOutcome> {
  const mark = createHash("sha256").update(spec.token).digest("hex").slice(0, 32);
  const stdout = new OutputCapture(spec.limits.outputBytes);
  const stderr = new OutputCapture(spec.limits.outputBytes);
  const answer = new OutputCapture(spec.answerBytes ?? 0);
  const outcome = (ending: Ending): HostOutcome => ({
    ending,
    stdout: stdout.captured(),
    stderr: stderr.captured(),
    answer: answer.captured(),
  });
  if (signal.aborted) {
    return outcome({ kind: "aborted" });
  }
  const child = launch(spec, mark);
  const closed = once(child, "close");
  collect(child.stdout, stdout, onOutput);
  collect(child.stderr, stderr, onOutput);
  const third = child.stdio[3];
  collect(third !== null && third !== undefined && "read" in third ? third : null, answer);
  const { pid } = child;
  if (pid === undefined) {
    return outcome({ kind: "not_started", message: await startFailure(closed) });
  }
  feed(child, spec.stdin);
  const tree = new ProcessTree(pid, { mark, fileBytes: markedFileBytes(spec.limits, mark) });
  living.add(tree);
  try {
    const ending = await endingOf(child, { tree, signal, limits: spec.limits });
    await tree.end({ graceMs: graceMs(ending, signal) });
    await closed;
    return outcome(ending);
  } finally {
    living.delete(tree);
  }
}

/** Trees that run now: a process that leaves in a hurry takes them with it. */
const living = new Set<ProcessTree>();

process.on("exit", () => {
  for (const tree of living) tree.kill();
});

function graceMs(ending: Ending, { reason }: AbortSignal): number {
  if (ending.kind !== "aborted") {
    return LEFTOVER_GRACE_MS;
  }
  return reason instanceof Error && reason.name === "TimeoutError"
    ? TIMEOUT_GRACE_MS
    : CANCEL_GRACE_MS;
}

function launch(spec: HostProcess, mark: string): ChildProcess {
  const output = spec.captures ? "pipe" : "ignore";
  const third = spec.answerBytes === undefined ? [] : ["pipe" as const];
  return spawn(
    "/bin/sh",
    ["-c", limitScript(spec.limits, mark), "sh", spec.program, ...spec.args],
    {
      cwd: spec.cwd,
      env: { ...spec.env, [MARK_VARIABLE]: mark },
      stdio: [spec.stdin === undefined ? "ignore" : "pipe", output, output, ...third],
      // A session and a group of its own.
      detached: true,
    },
  );
}

async function startFailure(closed: Promise<unknown>): Promise<string> {
  try {
    await closed;
    return "the process did not start";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function collect(
  stream: Readable | null | undefined,
  capture: OutputCapture,
  onOutput?: () => void,
): void {
  stream?.on("data", (chunk: Buffer) => {
    capture.push(chunk);
    onOutput?.();
  });
  // The other end of a socket pair went away in the middle: what came is what there is.
  stream?.on("error", () => {});
}

function feed(child: ChildProcess, text: string | undefined): void {
  // A program need not read its input; then writing fails, which says nothing.
  child.stdin?.on("error", () => {});
  child.stdin?.end(text);
}

/** Waits for the end of the first process; the tree may still have others. */
function endingOf(
  child: ChildProcess,
  { tree, signal, limits }: { tree: ProcessTree; signal: AbortSignal; limits: ProcessLimits },
): Promise<Ending> {
  return new Promise((resolve) => {
    const settle = (ending: Ending): void => {
      watch[Symbol.dispose]();
      signal.removeEventListener("abort", abort);
      resolve(ending);
    };
    const abort = (): void => settle({ kind: "aborted" });
    const watch = watchTree(tree, {
      limits,
      onLimit: (limit) => settle({ kind: "limit", limit, status: statusOf("SIGKILL") }),
    });
    signal.addEventListener("abort", abort, { once: true });
    child.once("exit", (status, name) => settle(endingFrom(status, name)));
  });
}

function endingFrom(status: number | null, signal: NodeJS.Signals | null): Ending {
  const code = status ?? statusOf(signal ?? "SIGKILL");
  // A shell passes on the signal that ended its command as a status.
  if (code === statusOf("SIGXCPU")) {
    return { kind: "limit", limit: "cpu", status: code };
  }
  if (code === statusOf("SIGXFSZ")) {
    return { kind: "limit", limit: "file size", status: code };
  }
  return signal === null
    ? { kind: "exit", status: code }
    : { kind: "signal", signal, status: code };
}

function statusOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}
