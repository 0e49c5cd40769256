import { constants } from "node:fs";
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";

import { isWithin } from "./real-path.ts";
import type { WorkspacePath } from "./workspace.ts";

/**
 * An open directory of the workspace. A name below it stays in that very directory, also when another process puts a
 * link in the place of one of the directories above: every step on the way was opened without following links.
 */
export type Anchor = AsyncDisposable & {
  /** A path for the file system calls of this process. */
  path(name: string): string;
};

const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
/** Linux resolves a name below an open directory by this path. */
const DESCRIPTORS = "/proc/self/fd";

/** Opens the directory that a resolved path names, making what is missing when asked to. */
export async function openDirectory(
  { root, absolute }: Pick<WorkspacePath, "root" | "absolute">,
  { creates = false }: { readonly creates?: boolean } = {},
): Promise<Anchor> {
  if (process.platform !== "linux") {
    return plainDirectory(absolute, { creates });
  }
  let handle = await open(root, DIRECTORY);
  try {
    for (const name of relative(root, absolute).split(sep).filter(Boolean)) {
      const next = await step(below(handle, name), { creates });
      await handle.close();
      handle = next;
    }
  } catch (error) {
    await handle.close();
    throw error;
  }
  return {
    path: (name) => below(handle, name),
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

/** Makes the directory that a resolved path names, and those above it. */
export async function makeDirectories(path: WorkspacePath): Promise<void> {
  const made = await openDirectory(path, { creates: true });
  await made[Symbol.asyncDispose]();
}

/** Opens the directory that holds what a resolved path names; a root itself has none that is open to tools. */
export async function openParent(
  { root, absolute }: WorkspacePath,
  options: { readonly creates?: boolean } = {},
): Promise<Anchor> {
  const parent = dirname(absolute);
  if (!isWithin(parent, root)) {
    throw new RootError();
  }
  return openDirectory({ root, absolute: parent }, options);
}

/** The root of a workspace stands where a file or an entry was meant. */
export class RootError extends Error {
  override readonly name = "RootError";
}

async function step(path: string, { creates }: { creates: boolean }): Promise<FileHandle> {
  if (creates) {
    await mkdir(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") {
        throw error;
      }
    });
  }
  return open(path, DIRECTORY);
}

function below(handle: FileHandle, name: string): string {
  return `${DESCRIPTORS}/${handle.fd}/${name}`;
}

async function plainDirectory(
  absolute: string,
  { creates }: { creates: boolean },
): Promise<Anchor> {
  if (creates) {
    await mkdir(absolute, { recursive: true });
  }
  await (await open(absolute, DIRECTORY)).close();
  return { path: (name) => join(absolute, name), [Symbol.asyncDispose]: () => Promise.resolve() };
}
