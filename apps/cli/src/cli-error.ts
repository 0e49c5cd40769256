import { Code, ConnectError } from "@connectrpc/connect";
import { fromWireError, RpcError } from "@orchestrator/rpc";

import { EXIT, type ExitCode } from "./exit-code.ts";

/** Something that ends a command: what went wrong in one line, and how the process exits. */
export class CliError extends Error {
  override name = "CliError";
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode, options: { cause?: unknown } = {}) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** What anything that was thrown means for a command; a bug keeps its stack. */
export function cliErrorFrom(thrown: unknown): CliError {
  if (thrown instanceof ConnectError || thrown instanceof RpcError) {
    return cliErrorFromCall(thrown);
  }
  const { name, message, stack } = thrown instanceof Error ? thrown : new Error(String(thrown));
  return EXPECTED.has(name)
    ? new CliError(message, EXIT.usage, { cause: thrown })
    : new CliError(stack ?? message, EXIT.runFailed, { cause: thrown });
}

/** Errors of other packages that say in one line what is wrong and what to do. */
const EXPECTED: ReadonlySet<string> = new Set(["SettingsError", "StoreInUse"]);

function cliErrorFromCall(thrown: unknown): CliError {
  const error = thrown instanceof RpcError ? thrown : fromWireError(thrown);
  const details = error.fieldViolations
    .slice(1)
    .map(({ field, description }) => `\n  ${field}: ${description}`)
    .join("");
  const message = messageFor(error.code, `${error.message}${details}`);
  return new CliError(message, exitCodeFor(error.code), { cause: thrown });
}

function messageFor(code: Code, message: string): string {
  if (code === Code.Unauthenticated) {
    return `${message}; name a key with --api-key-file or ORCHESTRATOR_API_KEY`;
  }
  if (code === Code.Unavailable || code === Code.DeadlineExceeded) {
    return `cannot reach the mesh: ${message}`;
  }
  return message;
}

function exitCodeFor(code: Code): ExitCode {
  switch (code) {
    case Code.NotFound:
      return EXIT.notFound;
    case Code.Unauthenticated:
    case Code.PermissionDenied:
      return EXIT.denied;
    case Code.Unavailable:
    case Code.DeadlineExceeded:
      return EXIT.unreachable;
    case Code.InvalidArgument:
    case Code.OutOfRange:
    case Code.AlreadyExists:
      return EXIT.usage;
    case Code.Canceled:
    case Code.Unknown:
    case Code.ResourceExhausted:
    case Code.FailedPrecondition:
    case Code.Aborted:
    case Code.Unimplemented:
    case Code.Internal:
    case Code.DataLoss:
      return EXIT.runFailed;
  }
}
