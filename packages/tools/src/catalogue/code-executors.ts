import type { ToolSpec } from "@orchestrator/pipeline";

import { fields, optional, required } from "./parameter.ts";

/** L189. */
export const pythonExecutor = executorOf({
  name: "python-executor",
  aliases: ["python"],
  language: "Python",
  requires: "tool:python",
});

/** L189. */
export const javascriptExecutor = executorOf({
  name: "javascript-executor",
  aliases: ["javascript"],
  language: "JavaScript",
  requires: "tool:javascript",
});

type Executor = Pick<ToolSpec, "name" | "aliases"> & {
  readonly language: string;
  readonly requires: string;
};

function executorOf({ name, aliases, language, requires }: Executor): ToolSpec {
  return {
    name,
    aliases,
    description: `Runs ${language} code in the workspace.`,
    defaultOperation: "execute",
    operations: [
      {
        name: "execute",
        aliases: ["execute_code", "run"],
        description: "Runs code and gives what it leaves in the variable result.",
        nature: "program",
        repeatable: false,
        requires: [requires],
        defaultTimeoutMs: 30_000,
        parameters: [
          required("code", "string", { description: `${language} source.` }),
          optional("inputs", "object", { default: {}, description: "Bound as inputs." }),
          optional("timeout", "duration", { description: "Time for one attempt; 30 s." }),
          optional("allow_failure", "boolean", {
            default: false,
            description: "Whether a non-zero exit status is success.",
          }),
        ],
        result: fields({
          return_code: "Exit status.",
          stdout: "Standard output.",
          stderr: "Standard error.",
          value: "The variable result, else stdout read as JSON, else null.",
          execution_time: "Seconds.",
          truncated: "Whether output was cut.",
          unsandboxed: "True: the code ran as a host process.",
        }),
      },
    ],
  };
}
