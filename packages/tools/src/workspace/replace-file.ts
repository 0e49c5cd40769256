import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, lstat, open, rename, unlink } from "node:fs/promises";
import { basename } from "node:path";

import { type Anchor, openParent } from "./anchor.ts";
import { type Digest, digestOf } from "./stored-file.ts";
import type { WorkspacePath } from "./workspace.ts";

/** How a file is written. */
export type WriteOptions = {
  /** Names the attempt; the file that is made on the way carries it. */
  readonly token: string;
  /** Whether missing directories of the path are made. */
  readonly creates: boolean;
  readonly signal: AbortSignal;
};

/**
 * Puts a file in the place of whatever file is there, in one step: a reader sees the old content or the new.
 *
 * An existing file's permissions stay.
 */
export async function replaceFile(
  path: WorkspacePath,
  write: (file: FileHandle) => Promise<unknown>,
  { token, creates, signal }: WriteOptions,
): Promise<void> {
  await using parent = await openParent(path, { creates });
  const name = basename(path.absolute);
  const mode = await modeOf(parent, name);
  const temporary = draftName(name, token);
  // What an attempt before this one may have left behind goes.
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
  try {
    {
      await using file = await open(parent.path(temporary), flags, mode ?? 0o666);
      await write(file);
      if (mode !== undefined) {
        await file.chmod(mode);
      }
    }
    signal.throwIfAborted();
    await rename(parent.path(temporary), parent.path(name));
  } catch (error) {
    await unlink(parent.path(temporary)).catch(() => {
      // The first error says what went wrong.
    });
    throw error;
  }
}

/** Whether a file is one that `replaceFile` is writing: part of no workspace yet, and gone at any moment. */
export function isDraft(name: string): boolean {
  return /^\.[0-9a-f]{24}\.tmp$/.test(name);
}

/** Makes a file that must not be there yet; fails with EEXIST when it is. */
export async function createFile(
  path: WorkspacePath,
  content: Uint8Array,
  { creates }: WriteOptions,
): Promise<void> {
  await using parent = await openParent(path, { creates });
  const name = basename(path.absolute);
  await using file = await open(parent.path(name), "wx");
  try {
    await file.writeFile(content);
  } catch (error) {
    await unlink(parent.path(name));
    throw error;
  }
}

/** Adds to a file's end, and says what it holds then. */
export async function appendFile(
  path: WorkspacePath,
  content: Uint8Array,
  { creates, signal }: WriteOptions,
): Promise<Digest> {
  await using parent = await openParent(path, { creates });
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW;
  await using file = await open(parent.path(basename(path.absolute)), flags);
  await file.appendFile(content);
  return await digestOf(file, { signal });
}

async function modeOf(parent: Anchor, name: string): Promise<number | undefined> {
  try {
    const facts = await lstat(parent.path(name));
    if (facts.isDirectory()) {
      throw Object.assign(new Error("is a directory"), { code: "EISDIR" });
    }
    return facts.mode & 0o777;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      return undefined;
    }
    throw error;
  }
}

/** What a file is called while it is written: short whatever the name's length, and the same for the same attempt. */
export function draftName(name: string, token: string): string {
  return `.${createHash("sha256").update(`${token}\0${name}`).digest("hex").slice(0, 24)}.tmp`;
}
