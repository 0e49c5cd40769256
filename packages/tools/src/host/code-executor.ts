import type { JsonObject } from "@orchestrator/pipeline";
import type { Code, CodeOptions, CodeOutcome } from "@orchestrator/sandbox";
import type { Json } from "@orchestrator/template";

import { mappingParameter, textParameter } from "../parameters.ts";
import { type Operation, type ToolContext, type ToolOutcome, failed } from "../tool.ts";
import { deadlineOf, environmentOf, hostOutcome, limitsOf, sandboxDenied } from "./host-call.ts";

/** An interpreter of the host. */
export type Interpreter = {
  /** For whoever runs the executor: what is missing. */
  readonly missing: string;
  readonly find: (searchPath: string | undefined) => Promise<string | undefined>;
  readonly run: (code: Code, options: CodeOptions) => Promise<CodeOutcome>;
};

/** Runs code of an interpreter in the workspace (L189). */
export function codeExecutor(interpreter: Interpreter): Operation {
  return (parameters, context) => execute(interpreter, { parameters, context });
}

async function execute(
  { missing, find, run }: Interpreter,
  { parameters, context }: { readonly parameters: JsonObject; readonly context: ToolContext },
): Promise<ToolOutcome> {
  if (!context.hostProcesses) {
    return sandboxDenied();
  }
  const program = await find(context.programPath);
  if (program === undefined) {
    return failed("TOOL_NOT_CONFIGURED", missing);
  }
  const deadline = deadlineOf(parameters, context);
  const limits = limitsOf(context, deadline.cpuMs);
  const startedMs = context.now().getTime();
  const outcome = await run(
    {
      code: textParameter(parameters, "code"),
      inputs: JSON.stringify(mappingParameter(parameters, "inputs") ?? {}),
    },
    {
      process: {
        program,
        cwd: context.workspace.root,
        env: environmentOf(context),
        limits,
        token: context.idempotencyKey,
      },
      signal: deadline.signal,
      onOutput: context.progress,
    },
  );
  const { ending, stdout, stderr } = outcome;
  if (outcome.result.kind === "too_large") {
    return failed("RESULT_TOO_LARGE", `result has more than ${outcome.result.maxBytes} bytes`);
  }
  const value = valueOf(outcome);
  const result = (status: number): JsonObject => ({
    return_code: status,
    stdout: stdout.text,
    stderr: stderr.text,
    value,
    execution_time: (context.now().getTime() - startedMs) / 1000,
    truncated: stdout.truncated || stderr.truncated,
    unsandboxed: true,
  });
  const end = { noun: "code", ending, stderr, limits, deadline, result };
  return hostOutcome(end, parameters, context);
}

/** The variable `result`, else what was printed if that is JSON, else `null`. */
function valueOf({ result, stdout }: CodeOutcome): Json {
  if (result.kind === "json") {
    const value: Json = JSON.parse(result.text);
    return value;
  }
  try {
    const printed: Json = JSON.parse(stdout.text);
    return printed;
  } catch {
    // Printed text need not be JSON.
    return null;
  }
}
