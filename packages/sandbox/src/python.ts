import { type Code, type CodeOptions, type CodeOutcome, runCode } from "./code.ts";
import { findProgram } from "./program.ts";

/** The Python interpreter of a search path. */
export async function findPython(searchPath?: string): Promise<string | undefined> {
  return (await findProgram("python3", searchPath)) ?? findProgram("python", searchPath);
}

/** Runs Python code with `inputs` bound (L189); JSON text in, JSON text out. */
export function runPython(code: Code, options: CodeOptions): Promise<CodeOutcome> {
  return runCode(code, { ...options, args: ["-u", "-B", "-X", "utf8", "-c", BOOTSTRAP] });
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
