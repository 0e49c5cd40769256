import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";

import { openWorkspace } from "@orchestrator/tools";

import { LastingError } from "../retrying.ts";

/** A file of a run or of its document has no place in its folder, now or later. The message has its path as given, and no other (L168). */
export class FilePlaceError extends LastingError {
  override name = "FilePlaceError";
}

/** Puts files into a new folder that nobody else uses yet, each at its path, which stays inside. */
export async function placeFiles<F extends { readonly path: string }>(
  files: readonly F[],
  { folder, write }: { folder: string; write: (file: F, target: string) => Promise<void> },
): Promise<void> {
  await mkdir(folder, { recursive: true });
  // Requests are checked when they come; what was stored before may hold any path.
  const inside = await openWorkspace({ root: folder });
  for (const file of files) {
    const { path } = file;
    const place = await inside.resolve(path, "write");
    if (place.kind === "denied") {
      throw new FilePlaceError(`File has no place in its folder: ${path}`);
    }
    try {
      await mkdir(dirname(place.absolute), { recursive: true });
      await write(file, place.absolute);
    } catch (error) {
      throw placeError(error, path) ?? error;
    }
  }
}

function placeError(error: unknown, path: string): FilePlaceError | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const reason = typeof code === "string" ? REASONS.get(code) : undefined;
  return reason === undefined
    ? undefined
    : new FilePlaceError(`${reason}: ${path}`, { cause: error });
}

/** What is wrong with a path, and not with the disk. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ["EEXIST", "A folder of the path is a file"],
  ["EINVAL", "No file can have this path"],
  ["EISDIR", "Path is a folder"],
  ["ELOOP", "Path leads round in links"],
  ["ENAMETOOLONG", "Name is too long"],
  ["ENOTDIR", "A folder of the path is a file"],
]);
