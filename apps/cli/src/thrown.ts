import { Code, ConnectError } from "@connectrpc/connect";
import { fromWireError, RpcError } from "@orchestrator/rpc";

import { CliError } from "./cli-error.ts";
import { EXIT, type ExitCode } from "./exit-code.ts";

/** What anything that was thrown means for a command; a bug keeps its stack. */
export function cliErrorFrom(thrown: unknown): CliError {
  if (thrown instanceof CliError) {
    return thrown;
  }
  if (thrown instanceof ConnectError || thrown instanceof RpcError) {
    return cliErrorFromCall(thrown);
  }
  if (isOfTheMachine(thrown)) {
    return new CliError(thrown.message, EXIT.runFailed, { cause: thrown });
  }
  const { name, message, stack } = thrown instanceof Error ? thrown : new Error(String(thrown));
  const advice = EXPECTED.get(name);
  return advice === undefined
    ? new CliError(stack ?? message, EXIT.runFailed, { cause: thrown })
    : new CliError(`${message}${advice}`, EXIT.usage, { cause: thrown });
}

/** What the operating system refused: a full disk or a folder that is none are no bugs. */
function isOfTheMachine(thrown: unknown): thrown is Error {
  return thrown instanceof Error && "errno" in thrown && "syscall" in thrown;
}

/** Errors of other packages that say what is wrong, by name, with what to do about it here where they cannot know. */
const EXPECTED: ReadonlyMap<string, string> = new Map([
  ["SettingsError", ""],
  ["PortInUse", ""],
  ["WorkerFailed", "; it says itself what is wrong"],
  ["StoreInUse", "; to speak to that mesh: --url http://127.0.0.1:8000"],
  ["StoreMismatch", "; use the version that wrote it, or another folder (storage.path)"],
]);

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
    return `cannot reach the mesh: ${message}; start one with "orchestrator serve", or correct --url or ORCHESTRATOR_URL`;
  }
  return message;
}

function exitCodeFor(code: Code): ExitCode {
  return EXITS.get(code) ?? EXIT.runFailed;
}

/** What is not listed is nobody's mistake that another exit code would help with. */
const EXITS: ReadonlyMap<Code, ExitCode> = new Map<Code, ExitCode>([
  [Code.NotFound, EXIT.notFound],
  [Code.Unauthenticated, EXIT.denied],
  [Code.PermissionDenied, EXIT.denied],
  [Code.Unavailable, EXIT.unreachable],
  [Code.DeadlineExceeded, EXIT.unreachable],
  [Code.InvalidArgument, EXIT.usage],
  [Code.OutOfRange, EXIT.usage],
  [Code.AlreadyExists, EXIT.usage],
]);
