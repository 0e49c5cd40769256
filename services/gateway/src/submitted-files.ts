import { posix } from "node:path";

import { invalidField } from "./errors.ts";

/** A file that came with a request. */
export type SubmittedFile = { readonly path: string; readonly content: Uint8Array };

/** Of a name, and of a whole path: what the disks of executors take. */
const NAME_BYTES = 255;
const PATH_BYTES = 1_024;

/** The files of a field, each under the place that it will have; throws INVALID_ARGUMENT where one has none. */
export function submittedFiles(
  field: "bundle" | "files",
  files: readonly SubmittedFile[],
): SubmittedFile[] {
  const taken = new Set<string>();
  const folders = new Set<string>();
  return files.map(({ path, content }) => {
    const place = posix.normalize(path);
    const problem = problemOf(place) ?? conflictOf(place, { taken, folders });
    if (problem !== undefined) {
      throw invalidField(`${field}.path`, `${JSON.stringify(path)} ${problem}`);
    }
    taken.add(place);
    for (const folder of foldersOf(place)) {
      folders.add(folder);
    }
    return { path: place, content };
  });
}

function problemOf(place: string): string | undefined {
  const names = place.split("/");
  if (names[0] === "" || names[0] === ".." || place === "." || place.includes("\0")) {
    return "is not a path inside of its folder";
  }
  if (names.at(-1) === "") {
    return "is a folder, not a file";
  }
  return names.some((name) => Buffer.byteLength(name) > NAME_BYTES) ||
    Buffer.byteLength(place) > PATH_BYTES
    ? `is too long: a name may have ${NAME_BYTES} bytes, a path ${PATH_BYTES}`
    : undefined;
}

function conflictOf(
  place: string,
  { taken, folders }: { taken: ReadonlySet<string>; folders: ReadonlySet<string> },
): string | undefined {
  if (taken.has(place)) {
    return "is given twice";
  }
  if (folders.has(place)) {
    return "is a folder of other files";
  }
  const covered = foldersOf(place).find((folder) => taken.has(folder));
  return covered === undefined ? undefined : `lies in the place of the file "${covered}"`;
}

function foldersOf(place: string): string[] {
  const names = place.split("/");
  return names.slice(1).map((_, i) => names.slice(0, i + 1).join("/"));
}
