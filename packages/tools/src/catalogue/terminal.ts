import type { ToolSpec } from "@orchestrator/pipeline";

import { fields, optional, required } from "./parameter.ts";

/** L188. */
export const terminal: ToolSpec = {
  name: "terminal",
  aliases: [],
  description: "Runs a shell command in the workspace.",
  defaultOperation: "execute",
  operations: [
    {
      name: "execute",
      aliases: ["execute_command", "run"],
      description: "Runs a command and waits for its end.",
      nature: "program",
      repeatable: false,
      requires: ["tool:terminal"],
      defaultTimeoutMs: 30_000,
      parameters: [
        required("command", "string", { description: "Text for the shell." }),
        optional("working_dir", "path", {
          aliases: ["cwd"],
          default: ".",
          description: "Directory of the workspace to run in.",
        }),
        optional("timeout", "duration", { description: "Time for one attempt; 30 s." }),
        optional("capture_output", "boolean", {
          default: true,
          description: "Whether stdout and stderr are kept.",
        }),
        optional("shell", ["sh", "bash"], { default: "sh", description: "Which shell." }),
        optional("env", "object", {
          default: {},
          description: "Environment variables beside PATH, HOME and the locale.",
        }),
        optional("stdin", "string", { description: "Text for the standard input." }),
        optional("allow_failure", "boolean", {
          default: false,
          description: "Whether a non-zero exit status is success.",
        }),
      ],
      result: fields({
        command: "The command.",
        return_code: "Exit status; 128 and the signal's number for one that was killed.",
        stdout: "Standard output.",
        stderr: "Standard error.",
        working_dir: "The directory as written.",
        execution_time: "Seconds.",
        truncated: "Whether output was cut.",
        unsandboxed: "True: the command ran as a host process.",
      }),
    },
  ],
};
