import { constants } from "node:fs";
import { copyFile, lstat, mkdir, readdir, readlink, rename, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";

import { draftName, isDraft, type Workspace } from "@orchestrator/tools";

import type { ProgramWorkspace } from "../workspaces.ts";

/** Files that a program's workspace may hold; more make the step fail. */
const MAX_FILES = 100_000;

/** Size and time of change by path: what tells a changed file from one that was only there. */
type Manifest = ReadonlyMap<string, { readonly size: number; readonly changedMs: number }>;

/** Copies a workspace for a host program, which may do with it what it likes until what changed is kept. */
export async function openProgramCopy(
  { root, copy, open }: { root: string; copy: string; open: (root: string) => Promise<Workspace> },
  signal: AbortSignal,
): Promise<ProgramWorkspace> {
  await copyFolder(root, copy, signal);
  const before = await manifestOf(copy, signal);
  return {
    workspace: await open(copy),
    keep: (using) => keepChanges({ root, copy, before }, using),
    [Symbol.asyncDispose]: () => rm(copy, { recursive: true, force: true }),
  };
}

/** Other steps of the run go on meanwhile: what they are writing is left out, and what they take away is not missed. */
async function copyFolder(from: string, to: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await mkdir(to, { recursive: true });
  for (const entry of await unlessGone(readdir(from, { withFileTypes: true }), [])) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) {
      await copyFolder(source, target, signal);
    } else if (entry.isSymbolicLink()) {
      const link = await unlessGone(readlink(source), undefined);
      if (link !== undefined) await symlink(link, target);
    } else if (entry.isFile() && !isDraft(entry.name)) {
      await unlessGone(copyFile(source, target, constants.COPYFILE_FICLONE), undefined);
    }
  }
}

async function unlessGone<T, G>(work: Promise<T>, gone: G): Promise<T | G> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      return gone;
    }
    throw error;
  }
}

async function keepChanges(
  { root, copy, before }: { root: string; copy: string; before: Manifest },
  signal: AbortSignal,
): Promise<readonly string[]> {
  const after = await manifestOf(copy, signal);
  const changed: string[] = [];
  for (const [path, facts] of after) {
    const known = before.get(path);
    if (known?.size !== facts.size || known.changedMs !== facts.changedMs) {
      changed.push(path);
      await mkdir(dirname(join(root, path)), { recursive: true });
      await replaceIn(root, path, join(copy, path));
    }
  }
  for (const path of before.keys()) {
    if (!after.has(path)) {
      await rm(join(root, path), { force: true });
    }
  }
  return changed;
}

/** In one step, since other steps may read the file. */
async function replaceIn(root: string, path: string, from: string): Promise<void> {
  const target = join(root, path);
  const draft = join(dirname(target), draftName(path, from));
  await copyFile(from, draft, constants.COPYFILE_FICLONE);
  await rename(draft, target);
}

/** Regular files only: a link that a program made is not followed, and not kept. */
async function manifestOf(root: string, signal: AbortSignal): Promise<Manifest> {
  const found = new Map<string, { size: number; changedMs: number }>();
  const open = [""];
  for (let prefix = open.pop(); prefix !== undefined; prefix = open.pop()) {
    signal.throwIfAborted();
    for (const entry of await readdir(join(root, prefix), { withFileTypes: true })) {
      const path = join(prefix, entry.name);
      if (entry.isDirectory()) {
        open.push(path);
      } else if (entry.isFile()) {
        // The time of the last change of content or facts cannot be set back by a program.
        const { size, ctimeMs } = await lstat(join(root, path));
        found.set(path, { size, changedMs: ctimeMs });
      }
      if (found.size > MAX_FILES) {
        throw new Error(`the workspace holds more than ${MAX_FILES} files`);
      }
    }
  }
  return found;
}
