import { constants } from "node:fs";
import { copyFile, cp, lstat, mkdir, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

import type { Workspace } from "@orchestrator/tools";

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
  await cp(root, copy, {
    recursive: true,
    preserveTimestamps: true,
    mode: constants.COPYFILE_FICLONE,
    verbatimSymlinks: true,
  });
  const before = await manifestOf(copy, signal);
  return {
    workspace: await open(copy),
    keep: (using) => keepChanges({ root, copy, before }, using),
    [Symbol.asyncDispose]: () => rm(copy, { recursive: true, force: true }),
  };
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
      await copyFile(join(copy, path), join(root, path), constants.COPYFILE_FICLONE);
    }
  }
  for (const path of before.keys()) {
    if (!after.has(path)) {
      await rm(join(root, path), { force: true });
    }
  }
  return changed;
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
