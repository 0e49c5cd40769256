import { stat } from "node:fs/promises";

import type { JsonObject } from "@orchestrator/pipeline";
import { findProgram, runHostProcess } from "@orchestrator/sandbox";

import { fileNotFound } from "../filesystem/file-failure.ts";
import {
  deadlineOf,
  environmentOf,
  hostOutcome,
  limitsOf,
  sandboxDenied,
} from "../host/host-call.ts";
import {
  isSet,
  mappingParameter,
  optionalText,
  textParameter,
  wordParameter,
} from "../parameters.ts";
import { type ToolContext, type ToolOutcome, failed } from "../tool.ts";

/** Runs a shell command in the workspace (L188). */
export async function execute(parameters: JsonObject, context: ToolContext): Promise<ToolOutcome> {
  if (!context.hostProcesses) {
    return sandboxDenied();
  }
  const name = wordParameter(parameters, "shell", ["sh", "bash"]);
  const shell = await findProgram(name, context.programPath);
  if (shell === undefined) {
    return failed(
      "TOOL_NOT_CONFIGURED",
      `this executor has no ${name}: install it, or set the PATH of programs`,
    );
  }
  const shownDirectory = textParameter(parameters, "working_dir");
  const directory = await context.workspace.resolve(shownDirectory, "write");
  if (directory.kind === "denied") {
    return failed("PATH_DENIED", directory.message);
  }
  if (!(await isDirectory(directory.absolute))) {
    return fileNotFound(shownDirectory);
  }
  const command = textParameter(parameters, "command");
  const stdin = optionalText(parameters, "stdin");
  const deadline = deadlineOf(parameters, context);
  const limits = limitsOf(context, deadline.cpuMs);
  const startedMs = context.now().getTime();
  const { ending, stdout, stderr } = await runHostProcess(
    {
      program: shell,
      args: ["-c", command],
      cwd: directory.absolute,
      env: environmentOf(context, mappingParameter(parameters, "env")),
      ...(stdin === undefined ? {} : { stdin }),
      captures: isSet(parameters, "capture_output"),
      limits,
      token: context.idempotencyKey,
    },
    { signal: deadline.signal, onOutput: context.progress },
  );
  const result = (status: number): JsonObject => ({
    command,
    return_code: status,
    stdout: stdout.text,
    stderr: stderr.text,
    working_dir: shownDirectory,
    execution_time: (context.now().getTime() - startedMs) / 1000,
    truncated: stdout.truncated || stderr.truncated,
    unsandboxed: true,
  });
  const end = { noun: "command", ending, stderr, limits, deadline, result };
  return hostOutcome(end, parameters, context);
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
}
