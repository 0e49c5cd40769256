import { type StepError, stepError } from "@orchestrator/pipeline";

import { FilePlaceError } from "./workspace/file-place.ts";

/** What a step fails by when something was thrown: by the file that has no place in its workspace, else by a tool. */
export function stepErrorFrom(thrown: unknown): StepError {
  return stepError(
    thrown instanceof FilePlaceError ? "PATH_DENIED" : "TOOL_ERROR",
    messageOf(thrown),
  );
}

/** The message for whoever reads the run: what the file system said of a path of this machine comes without it (L168). */
export function messageOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) {
    return String(thrown);
  }
  const { message } = thrown;
  const syscall = "syscall" in thrown && "path" in thrown ? thrown.syscall : undefined;
  const at = typeof syscall === "string" ? message.lastIndexOf(`, ${syscall} '`) : -1;
  return at === -1 ? message : message.slice(0, at);
}
