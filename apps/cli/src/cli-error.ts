import type { ExitCode } from "./exit-code.ts";

/** Something that ends a command: what went wrong in one line, and how the process exits. */
export class CliError extends Error {
  override name = "CliError";
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode, options: { cause?: unknown } = {}) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
