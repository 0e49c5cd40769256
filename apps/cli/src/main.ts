import { readFileSync } from "node:fs";

import { EXIT, type ExitCode } from "./exit-code.ts";
import type { Sink } from "./io.ts";
import { createProgram } from "./program.ts";

const LEAVE_MS = 2_000;

const stdout = sinkOf(process.stdout);
const stderr = sinkOf(process.stderr);
const exitCode = await createProgram({
  env: process.env,
  cwd: process.cwd(),
  stdin: { isTerminal: process.stdin.isTTY, read: () => readFileSync(0, "utf8") },
  stdout: stdout.sink,
  stderr: stderr.sink,
  leaveSoon: (code) => void setTimeout(() => process.exit(code), LEAVE_MS).unref(),
}).run(process.argv.slice(2));
process.exitCode = stdout.exitCodeAfter(exitCode);

type Output = {
  readonly sink: Sink;
  /** How the process exits when what it wrote may have been lost. */
  readonly exitCodeAfter: (exitCode: ExitCode) => ExitCode;
};

/** A reader that leaves early, as `head` does, has had enough; anything else that stops writing is a failure. */
function sinkOf(stream: NodeJS.WriteStream): Output {
  const closed = new AbortController();
  let isLost = false;
  stream.on("error", (error: NodeJS.ErrnoException) => {
    closed.abort(error);
    if (error.code !== "EPIPE" && !isLost) {
      isLost = true;
      process.exitCode = EXIT.runFailed;
      process.stderr.write(`cannot write the output: ${error.message}\n`);
    }
  });
  return {
    sink: {
      write: (text) => {
        if (!closed.signal.aborted) stream.write(text);
      },
      isTerminal: isTerminal(stream),
      closed: closed.signal,
    },
    exitCodeAfter: (code) => (isLost && code === EXIT.ok ? EXIT.runFailed : code),
  };
}

/** `CI=true` makes every stream a plain one. */
function isTerminal({ isTTY }: { readonly isTTY?: boolean }): boolean {
  return isTTY === true && process.env["CI"] !== "true";
}
