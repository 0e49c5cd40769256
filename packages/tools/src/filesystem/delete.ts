import { rm, rmdir, unlink } from "node:fs/promises";
import { basename } from "node:path";

import type { JsonObject } from "@orchestrator/pipeline";

import { isSet, namesParameter, optionalText } from "../parameters.ts";
import { type ToolContext, type ToolOutcome, done, failed } from "../tool.ts";
import { openParent } from "../workspace/anchor.ts";
import { collectFiles } from "../workspace/collect.ts";
import type { WorkspacePath } from "../workspace/workspace.ts";
import { fileFailure, fileNotFound } from "./file-failure.ts";
import { pathFacts } from "./path-facts.ts";
import { isFixed, typeAt } from "./transfer.ts";

/** Deletes what a path or globs name (L187). */
export async function remove(parameters: JsonObject, context: ToolContext): Promise<ToolOutcome> {
  const shown = optionalText(parameters, "path");
  const missingOk = isSet(parameters, "missing_ok");
  const named = shown === undefined ? [] : [shown];
  for (const glob of namesParameter(parameters, "paths")) {
    const found = await namesOf(glob, context);
    if (found.kind !== "names") {
      return found;
    }
    if (found.names.length === 0 && !missingOk) {
      return fileNotFound(glob);
    }
    named.push(...found.names);
  }
  const deleted: string[] = [];
  for (const path of new Set(named)) {
    const outcome = await removeOne(path, { context, recursive: isSet(parameters, "recursive") });
    if (outcome === "deleted") {
      deleted.push(path);
    } else if (outcome !== "missing") {
      return outcome;
    } else if (!missingOk) {
      return fileNotFound(path);
    }
  }
  const facts = pathFacts(shown ?? namesParameter(parameters, "paths").join(", "));
  return done({ action: "delete", ...facts, deleted, count: deleted.length });
}

/** The files that a glob names; a path without wildcards also names a directory. */
async function namesOf(
  glob: string,
  context: ToolContext,
): Promise<{ readonly kind: "names"; readonly names: readonly string[] } | ToolOutcome> {
  if (!/[*?[{]/.test(glob)) {
    const resolved = await context.workspace.resolve(glob, "entry");
    const isMissing = resolved.kind === "path" && (await typeAt(resolved.absolute)) === undefined;
    return { kind: "names", names: isMissing ? [] : [glob] };
  }
  const found = await collectFiles(context.workspace, glob, { signal: context.signal });
  switch (found.kind) {
    case "files":
      return { kind: "names", names: found.paths };
    case "denied":
      return failed("PATH_DENIED", found.message);
    case "refused":
      return failed("PARAMETER_INVALID", found.message);
    case "limit":
      return failed("LIMIT_EXCEEDED", found.message);
  }
}

async function removeOne(
  path: string,
  { context, recursive }: { readonly context: ToolContext; readonly recursive: boolean },
): Promise<"deleted" | "missing" | ToolOutcome> {
  const { workspace } = context;
  const resolved = await workspace.resolve(path, "entry");
  if (resolved.kind === "denied") {
    return failed("PATH_DENIED", resolved.message);
  }
  if (isFixed(resolved, workspace)) {
    return failed("PATH_DENIED", `Path cannot be deleted: ${path}`);
  }
  const type = await typeAt(resolved.absolute);
  if (type === undefined) {
    return "missing";
  }
  try {
    await removeEntry(resolved, { isDirectory: type === "directory", recursive });
    return "deleted";
  } catch (error) {
    return fileFailure(error, path);
  }
}

async function removeEntry(
  path: WorkspacePath,
  { isDirectory, recursive }: { readonly isDirectory: boolean; readonly recursive: boolean },
): Promise<void> {
  await using parent = await openParent(path);
  const name = parent.path(basename(path.absolute));
  if (!isDirectory) {
    await unlink(name);
  } else if (recursive) {
    await rm(name, { recursive: true });
  } else {
    await rmdir(name);
  }
}
