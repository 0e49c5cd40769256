import type { JsonObject } from "@orchestrator/pipeline";
import {
  type CapturedText,
  DEFAULT_LIMITS,
  DEFAULT_PROGRAM_PATH,
  type Ending,
  type ProcessLimits,
} from "@orchestrator/sandbox";
import { textOf } from "@orchestrator/template";

import { durationParameter, isSet } from "../parameters.ts";
import { type ToolContext, type ToolOutcome, done, failed, stopped } from "../tool.ts";

/** The failure where the deployment has neither a sandbox nor a waiver of it (L190). */
export function sandboxDenied(): ToolOutcome {
  return failed(
    "SANDBOX_DENIED",
    "host programs need a sandbox, and this deployment neither has one nor allows host processes",
  );
}

/** The environment of a host program: PATH, HOME, locale, and what was asked for (L190). */
export function environmentOf(
  { workspace, programPath = DEFAULT_PROGRAM_PATH }: ToolContext,
  asked: JsonObject = {},
): Record<string, string> {
  return {
    PATH: programPath,
    HOME: workspace.root,
    LANG: "C.UTF-8",
    LC_ALL: "C.UTF-8",
    ...Object.fromEntries(Object.entries(asked).map(([name, value]) => [name, textOf(value)])),
  };
}

/** The limits of a step: those of L218, lowered where it says so (L41). */
export function limitsOf({ resourceLimits }: ToolContext, timeoutMs: number): ProcessLimits {
  const { memoryMb, cpuSeconds, outputKb } = resourceLimits;
  return {
    ...DEFAULT_LIMITS,
    memoryBytes: Math.min(DEFAULT_LIMITS.memoryBytes, (memoryMb ?? Infinity) * 1024 * 1024),
    cpuSeconds: Math.min(timeoutMs / 1000, cpuSeconds ?? Infinity),
    outputBytes: Math.min(DEFAULT_LIMITS.outputBytes, (outputKb ?? Infinity) * 1024),
  };
}

/** The longest that one attempt of a step may take (L218), which bounds CPU time where no `timeout` is written. */
const LONGEST_MS = 30 * 86_400_000;

/** The longest that a timer of Node runs: a longer `timeout` is this. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** When a host call has to end. */
export type Deadline = {
  /** Aborts with the attempt or at the end of the `timeout` that was written. */
  readonly signal: AbortSignal;
  readonly timeoutMs: number | undefined;
  readonly cpuMs: number;
};

/** The deadline of a call with its `timeout` parameter; without one, that of the attempt. */
export function deadlineOf(parameters: JsonObject, { signal }: ToolContext): Deadline {
  const timeoutMs = durationParameter(parameters, "timeout");
  return timeoutMs === undefined
    ? { signal, timeoutMs, cpuMs: LONGEST_MS }
    : {
        signal: AbortSignal.any([
          signal,
          AbortSignal.timeout(Math.min(timeoutMs, LONGEST_TIMER_MS)),
        ]),
        timeoutMs,
        cpuMs: timeoutMs,
      };
}

/** How a host call ended, with what its result says beside its ending. */
export type HostEnd = {
  readonly noun: string;
  readonly ending: Ending;
  readonly stderr: CapturedText;
  readonly limits: ProcessLimits;
  readonly deadline: Deadline;
  readonly result: (status: number) => JsonObject;
};

/** What a host call comes to (L188). */
export function hostOutcome(
  { noun, ending, stderr, limits, deadline, result }: HostEnd,
  parameters: JsonObject,
  { signal }: ToolContext,
): ToolOutcome {
  switch (ending.kind) {
    case "aborted":
      return signal.aborted ? stopped(signal) : timedOut(noun, deadline.timeoutMs ?? 0);
    case "not_started":
      return failed("TOOL_ERROR", `${noun} did not start: ${ending.message}`);
    case "limit":
      return failed(
        "PROCESS_EXIT",
        `${noun} was ended at its limit: ${limitText(ending, limits)}`,
        {
          status: ending.status,
          result: result(ending.status),
        },
      );
    case "exit":
    case "signal":
      if (ending.status === 0 || isSet(parameters, "allow_failure")) {
        return done(result(ending.status));
      }
      return failed("PROCESS_EXIT", exitText(noun, ending, stderr.text), {
        status: ending.status,
        result: result(ending.status),
      });
  }
}

function timedOut(noun: string, timeoutMs: number): ToolOutcome {
  return failed("TIMEOUT", `timeout: ${noun} did not end within ${timeoutMs / 1000} s`, {
    timedOut: true,
  });
}

function exitText(
  noun: string,
  ending: Extract<Ending, { kind: "exit" | "signal" }>,
  stderr: string,
): string {
  const how = ending.kind === "signal" ? ` (${ending.signal})` : "";
  const last = stderr.trim().split("\n").at(-1) ?? "";
  return `${noun} exited with status ${ending.status}${how}${last === "" ? "" : `: ${last}`}`;
}

function limitText({ limit }: Extract<Ending, { kind: "limit" }>, limits: ProcessLimits): string {
  switch (limit) {
    case "memory":
      return `memory, ${mebibytes(limits.memoryBytes)}`;
    case "cpu":
      return `CPU time, ${limits.cpuSeconds} s`;
    case "processes":
      return `processes, ${limits.processes}`;
    case "file size":
      return `file size, ${mebibytes(limits.fileBytes)}`;
  }
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MiB`;
}
