import { createProgram } from "./program.ts";

process.exitCode = await createProgram({
  env: process.env,
  cwd: process.cwd(),
  stdout: { write: (text) => void process.stdout.write(text), isTerminal: process.stdout.isTTY },
  stderr: { write: (text) => void process.stderr.write(text), isTerminal: process.stderr.isTTY },
  columns: process.stdout.columns,
}).run(process.argv.slice(2));
