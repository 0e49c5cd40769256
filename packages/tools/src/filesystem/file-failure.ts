import { type ToolFailure, failed } from "../tool.ts";
import { RootError } from "../workspace/anchor.ts";
import { isMissing } from "../workspace/collect.ts";
import { WalkLimitError } from "../workspace/walk.ts";

/** The failure for a file that is not there, with the path as written (L187). */
export function fileNotFound(path: string): ToolFailure {
  return failed("FILE_NOT_FOUND", `File not found: ${path}`);
}

/** What an error of the file system comes to for the path that was asked for; others are thrown on. */
export function fileFailure(error: unknown, path: string): ToolFailure {
  if (isMissing(error)) {
    return fileNotFound(path);
  }
  if (error instanceof WalkLimitError) {
    return failed("LIMIT_EXCEEDED", `${error.message}: ${path}`);
  }
  if (error instanceof RootError) {
    return failed("TOOL_ERROR", `Is a directory: ${path}`);
  }
  if (error instanceof Error && "code" in error && typeof error.code === "string") {
    return failed("TOOL_ERROR", `${REASONS.get(error.code) ?? error.code}: ${path}`);
  }
  throw error;
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ["EACCES", "Permission denied"],
  ["EEXIST", "File exists"],
  ["EISDIR", "Is a directory"],
  ["ELOOP", "Path was replaced by a link"],
  ["EMFILE", "Too many open files"],
  ["ENAMETOOLONG", "Name is too long"],
  ["ENOSPC", "No space left"],
  ["ENOTEMPTY", "Directory not empty"],
  ["EPERM", "Operation not permitted"],
  ["EROFS", "File system is read-only"],
]);
