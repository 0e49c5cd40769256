import type { CapturedText } from "./captured-output.ts";
import { type HostProcess, runHostProcess } from "./host-process.ts";
import type { Ending } from "./host-process.ts";
import { findProgram } from "./program.ts";

/** Bound of the value that code leaves, as JSON. */
const VALUE_BYTES = 64 * 1024 * 1024;

/** How Python code ended, and the JSON text of its variable `result` if it set one. */
export type PythonOutcome = {
  readonly ending: Ending;
  readonly stdout: CapturedText;
  readonly stderr: CapturedText;
  readonly result:
    | { readonly kind: "json"; readonly text: string }
    | { readonly kind: "unset" }
    | { readonly kind: "too_large"; readonly maxBytes: number };
};

/** The Python interpreter of a search path. */
export async function findPython(searchPath?: string): Promise<string | undefined> {
  return (await findProgram("python3", searchPath)) ?? findProgram("python", searchPath);
}

/** Runs Python code with `inputs` bound (L189); JSON text in, JSON text out. */
export async function runPython(
  { code, inputs }: { readonly code: string; readonly inputs: string },
  {
    process,
    ...options
  }: {
    readonly process: Omit<HostProcess, "args" | "stdin" | "captures" | "answerBytes">;
    readonly signal: AbortSignal;
    readonly onOutput?: () => void;
  },
): Promise<PythonOutcome> {
  const { answer, ...outcome } = await runHostProcess(
    {
      ...process,
      args: ["-u", "-B", "-X", "utf8", "-c", BOOTSTRAP],
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

/** Takes code and inputs from the standard input, and gives `result` on file descriptor 3. */
const BOOTSTRAP = `
def run():
    import json, linecache, os, sys, traceback, types
    given = json.load(sys.stdin)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.set_inheritable(3, False)
    source = given["code"]
    linecache.cache["<code>"] = (len(source), None, source.splitlines(True), "<code>")
    main = types.ModuleType("__main__")
    main.inputs = given["inputs"]
    sys.modules["__main__"] = main
    status = 0
    try:
        exec(compile(source, "<code>", "exec"), main.__dict__)
    except SystemExit as exit:
        status = exit.code
    except BaseException as error:
        trace = error.__traceback__.tb_next if error.__traceback__ else None
        traceback.print_exception(type(error), error, trace)
        status = 1
    if status in (0, None) and "result" in main.__dict__:
        try:
            text = json.dumps(main.result, allow_nan=False)
        except (TypeError, ValueError, RecursionError) as error:
            print("result cannot be given as JSON:", error, file=sys.stderr)
            status = 1
        else:
            with os.fdopen(3, "w") as answer:
                answer.write(text)
    sys.exit(status)
run()
`;
