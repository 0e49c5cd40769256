import { createProgram } from "./program.ts";

const LEAVE_MS = 2_000;

process.exitCode = await createProgram({
  env: process.env,
  cwd: process.cwd(),
  stdout: {
    write: (text) => void process.stdout.write(text),
    isTerminal: isTerminal(process.stdout),
  },
  stderr: {
    write: (text) => void process.stderr.write(text),
    isTerminal: isTerminal(process.stderr),
  },
  leaveSoon: (exitCode) => void setTimeout(() => process.exit(exitCode), LEAVE_MS).unref(),
}).run(process.argv.slice(2));

/** `CI=true` makes every stream a plain one. */
function isTerminal({ isTTY }: { readonly isTTY?: boolean }): boolean {
  return isTTY === true && process.env["CI"] !== "true";
}
