import type { CapturedText } from "./captured-output.ts";
import { type Ending, type HostProcess, runHostProcess } from "./host-process.ts";

/** Bound of the value that code leaves, as JSON. */
const VALUE_BYTES = 64 * 1024 * 1024;

/** How code ended, and the JSON text of its variable `result` if it set one. */
export type CodeOutcome = {
  readonly ending: Ending;
  readonly stdout: CapturedText;
  readonly stderr: CapturedText;
  readonly result:
    | { readonly kind: "json"; readonly text: string }
    | { readonly kind: "unset" }
    | { readonly kind: "too_large"; readonly maxBytes: number };
};

/** Code with its `inputs` as JSON text. */
export type Code = { readonly code: string; readonly inputs: string };

/** Where code runs, and until when. */
export type CodeOptions = {
  readonly process: Omit<HostProcess, "args" | "stdin" | "captures" | "answerBytes">;
  readonly signal: AbortSignal;
  readonly onOutput?: () => void;
};

/** Runs an interpreter that takes code and inputs from its standard input, and gives `result` on file descriptor 3. */
export async function runCode(
  { code, inputs }: Code,
  { args, process, ...options }: CodeOptions & { readonly args: readonly string[] },
): Promise<CodeOutcome> {
  const { answer, ...outcome } = await runHostProcess(
    {
      ...process,
      args,
      stdin: `{"code":${JSON.stringify(code)},"inputs":${inputs}}`,
      captures: true,
      answerBytes: VALUE_BYTES,
    },
    options,
  );
  if (answer.truncated) {
    return { ...outcome, result: { kind: "too_large", maxBytes: VALUE_BYTES } };
  }
  return {
    ...outcome,
    result: answer.bytes === 0 ? { kind: "unset" } : { kind: "json", text: answer.text },
  };
}
