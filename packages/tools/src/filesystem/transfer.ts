import { lstat } from "node:fs/promises";
import { basename, join } from "node:path";

import type { JsonObject } from "@orchestrator/pipeline";

import { isSet, textParameter } from "../parameters.ts";
import { type ToolContext, type ToolOutcome, failed } from "../tool.ts";
import { makeDirectories } from "../workspace/anchor.ts";
import { isWithin } from "../workspace/real-path.ts";
import { replaceFile } from "../workspace/replace-file.ts";
import { openFile } from "../workspace/stored-file.ts";
import { walk } from "../workspace/walk.ts";
import type { PathUse, Workspace, WorkspacePath } from "../workspace/workspace.ts";
import { fileNotFound } from "./file-failure.ts";

/** A copy or move whose ends are known to be usable. */
export type Transfer = {
  /** As written. */
  readonly shown: { readonly source: string; readonly destination: string };
  readonly source: WorkspacePath;
  readonly sourceType: "file" | "directory";
  /** Where it ends up: in the destination when that is a directory. */
  readonly target: WorkspacePath;
};

/** Works out what is copied or moved to where, or why it cannot be (L187). */
export async function planTransfer(
  parameters: JsonObject,
  { workspace }: ToolContext,
  use: PathUse,
): Promise<{ readonly kind: "transfer"; readonly transfer: Transfer } | ToolOutcome> {
  const shown = {
    source: textParameter(parameters, "path"),
    destination: textParameter(parameters, "destination"),
  };
  const source = await workspace.resolve(shown.source, use);
  const destination = await workspace.resolve(shown.destination, "write");
  if (source.kind === "denied" || destination.kind === "denied") {
    const message = source.kind === "denied" ? source.message : "";
    return failed("PATH_DENIED", destination.kind === "denied" ? destination.message : message);
  }
  if (use === "entry" && isFixed(source, workspace)) {
    return failed("PATH_DENIED", `Path cannot be moved: ${shown.source}`);
  }
  const sourceType = await typeAt(source.absolute);
  if (sourceType === undefined) {
    return fileNotFound(shown.source);
  }
  const place = await typeAt(destination.absolute);
  const isInto = place === "directory" || shown.destination.endsWith("/");
  const target = isInto ? below(destination, basename(source.absolute)) : destination;
  if (!workspace.isOpen(target.absolute)) {
    return failed("PATH_DENIED", `Path is outside the workspace: ${shown.destination}`);
  }
  const refusal = await refusalOf({ shown, source, sourceType, target }, parameters);
  return refusal ?? { kind: "transfer", transfer: { shown, source, sourceType, target } };
}

/** Whether an entry has to stay: a root, or a directory that holds something closed to tools. */
export function isFixed({ absolute, root }: WorkspacePath, workspace: Workspace): boolean {
  return absolute === root || workspace.holdsClosed(absolute);
}

/** Copies a file, or a directory with all that is open to tools in it; gives bytes and the files written. */
export async function copyTree(
  { source, sourceType, target }: Transfer,
  { workspace, signal, idempotencyKey, progress }: ToolContext,
): Promise<{ size: number; written: string[] }> {
  const options = { creates: true, signal, token: idempotencyKey };
  if (sourceType === "file") {
    return { size: await copyFile(source, target, options), written: [target.relative] };
  }
  const written: string[] = [];
  let size = 0;
  await makeDirectories(target);
  for await (const entry of walk(workspace, source, { depth: Number.POSITIVE_INFINITY, signal })) {
    progress();
    const to = below(target, entry.relative);
    if (entry.type === "directory") {
      await makeDirectories(to);
    } else if (entry.type === "file") {
      const from = await workspace.resolve(entry.absolute, "read");
      if (from.kind === "path") {
        size += await copyFile(from, to, options);
        written.push(to.relative);
      }
    }
  }
  return { size, written };
}

/** What has a name there: a link counts as a file, since it is moved as one. */
export async function typeAt(absolute: string): Promise<"file" | "directory" | undefined> {
  try {
    return (await lstat(absolute)).isDirectory() ? "directory" : "file";
  } catch {
    // Nothing there, or nothing that could be used.
    return undefined;
  }
}

async function refusalOf(
  { shown, source, sourceType, target }: Transfer,
  parameters: JsonObject,
): Promise<ToolOutcome | undefined> {
  if (source.absolute === target.absolute) {
    return failed("TOOL_ERROR", `Source and destination are the same: ${shown.source}`);
  }
  if (isWithin(target.absolute, source.absolute)) {
    return failed("TOOL_ERROR", `Destination lies in the source: ${shown.destination}`);
  }
  const there = await typeAt(target.absolute);
  if (there !== undefined && !isSet(parameters, "overwrite")) {
    return failed("TOOL_ERROR", `File exists: ${shown.destination}`);
  }
  if (there !== undefined && there !== sourceType) {
    return failed("TOOL_ERROR", `A ${there} is there already: ${shown.destination}`);
  }
  return undefined;
}

function below(path: WorkspacePath, names: string): WorkspacePath {
  return {
    ...path,
    absolute: join(path.absolute, names),
    relative: path.relative === "." ? names : join(path.relative, names),
  };
}

async function copyFile(
  from: WorkspacePath,
  to: WorkspacePath,
  options: Parameters<typeof replaceFile>[2],
): Promise<number> {
  await using source = await openFile(from);
  const facts = await source.stat();
  await replaceFile(
    to,
    async (file) => {
      for await (const chunk of source.createReadStream({ autoClose: false, start: 0 })) {
        options.signal.throwIfAborted();
        await file.writeFile(chunk);
      }
      await file.chmod(facts.mode & 0o777);
    },
    options,
  );
  return facts.size;
}
