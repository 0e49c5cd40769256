import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { StoredFile } from "@orchestrator/pipeline";
import { openWorkspace } from "@orchestrator/tools";

import type { AssignedRun, RunStore } from "../run-channel.ts";
import { runIdText } from "../run-id.ts";
import type { RunWorkspace, Workspaces } from "../workspaces.ts";
import { captureFiles } from "./capture-files.ts";
import { placeFiles } from "./file-place.ts";
import { openProgramCopy } from "./program-copy.ts";

/** Where the runs of an executor work. */
export type WorkspaceSettings = {
  /** Private directories are made below it, one for each (run, epoch), and removed with the holding. */
  readonly scratch: string;
  /** Set by an embedded CLI: its runs work in this directory itself. */
  readonly currentDirectory?: string;
  /** Never part of a workspace: the mesh's own store (L168). */
  readonly denied?: readonly string[];
  /** Further directories that the deployment opens to tools. */
  readonly extraRoots?: readonly string[];
};

/** Opens workspaces as architecture 4.6 has them. */
export function openWorkspaces(settings: WorkspaceSettings): Workspaces {
  return {
    open: (run, { files, store }, signal) =>
      settings.currentDirectory === undefined
        ? openPrivate(run, { settings, files, store }, signal)
        : openCurrent(run, { settings, directory: settings.currentDirectory, store }, signal),
  };
}

async function openPrivate(
  run: AssignedRun,
  {
    settings,
    files,
    store,
  }: { settings: WorkspaceSettings; files: readonly StoredFile[]; store: RunStore },
  signal: AbortSignal,
): Promise<RunWorkspace> {
  const place = placeOf(run, settings);
  const root = join(place, "work");
  const { bundle, workspace } = await orNothing(place, async () => {
    // What an earlier try to open it left behind is not the run's.
    await rm(place, { recursive: true, force: true });
    await materialise(files, { run, root, store }, signal);
    const documents = await writeBundle(run, { store, place }, signal);
    return {
      bundle: documents,
      workspace: await openWorkspace({ root, ...rest(settings, documents) }),
    };
  });
  const { denied = [] } = settings;
  let copies = 0;
  return {
    workspace,
    roots: { root, bundle, denied },
    openForPrograms: (using) => {
      copies += 1;
      const copy = join(place, `copy-${copies}`);
      return openProgramCopy(
        { root, copy, open: (at) => openWorkspace({ root: at, ...rest(settings, bundle) }) },
        using,
      );
    },
    capture: (paths, using) => captureFiles(paths, { run, workspace, store }, using),
    [Symbol.asyncDispose]: () => rm(place, { recursive: true, force: true }),
  };
}

/** Only a process on this directory is given the run, and what steps wrote is there already. */
async function openCurrent(
  run: AssignedRun,
  {
    settings,
    directory,
    store,
  }: { settings: WorkspaceSettings; directory: string; store: RunStore },
  signal: AbortSignal,
): Promise<RunWorkspace> {
  const place = placeOf(run, settings);
  const denied = [...(settings.denied ?? []), place];
  const { bundle, workspace } = await orNothing(place, async () => {
    await rm(place, { recursive: true, force: true });
    const documents = await writeBundle(run, { store, place }, signal);
    return {
      bundle: documents,
      workspace: await openWorkspace({
        root: directory,
        ...rest({ ...settings, denied }, documents),
      }),
    };
  });
  return {
    workspace,
    roots: { root: directory, bundle, denied },
    openForPrograms: () =>
      Promise.resolve({
        workspace,
        // What programs change here is there for whoever continues; only `artifacts` are captured.
        keep: () => Promise.resolve([]),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      }),
    capture: (paths, using) => captureFiles(paths, { run, workspace, store }, using),
    [Symbol.asyncDispose]: () => rm(place, { recursive: true, force: true }),
  };
}

function placeOf({ runId, epoch }: AssignedRun, { scratch }: WorkspaceSettings): string {
  return join(scratch, `${runIdText(runId)}-${epoch}`);
}

function rest({ denied = [], extraRoots = [] }: WorkspaceSettings, bundle: string | undefined) {
  return {
    deniedPaths: denied,
    extraRoots,
    ...(bundle === undefined ? {} : { bundle }),
  };
}

async function materialise(
  files: readonly StoredFile[],
  { run, root, store }: { run: AssignedRun; root: string; store: RunStore },
  signal: AbortSignal,
): Promise<void> {
  const { namespace } = run;
  await placeFiles(files, {
    folder: root,
    write: ({ sha256 }, path) => store.getFile({ namespace, sha256, path }, signal),
  });
}

/** Opening leaves nothing behind when it fails: nobody would remove it. */
async function orNothing<T>(place: string, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    await rm(place, { recursive: true, force: true });
    throw error;
  }
}

/** Puts the document's files beside the workspace, where relative reads fall back to (L168). */
async function writeBundle(
  run: AssignedRun,
  { store, place }: { store: RunStore; place: string },
  signal: AbortSignal,
): Promise<string | undefined> {
  const files = await store.bundle(run, signal);
  if (files.length === 0) {
    return undefined;
  }
  const bundle = join(place, "bundle");
  await placeFiles(files, {
    folder: bundle,
    write: ({ content }, path) => writeFile(path, content, { mode: 0o444 }),
  });
  return bundle;
}
