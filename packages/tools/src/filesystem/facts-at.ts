import type { Stats } from "node:fs";
import { lstat } from "node:fs/promises";
import { basename } from "node:path";

import { type ToolContext, type ToolFailure, failed } from "../tool.ts";
import { openParent } from "../workspace/anchor.ts";
import { isMissing } from "../workspace/collect.ts";
import { type EntryType, typeOf } from "../workspace/walk.ts";
import type { WorkspacePath } from "../workspace/workspace.ts";
import { fileFailure } from "./file-failure.ts";

/** What a path names, or that it names nothing, or why that cannot be said. */
export type Facts =
  | {
      readonly kind: "facts";
      readonly type: EntryType;
      readonly size: number;
      readonly modified: string;
    }
  | { readonly kind: "missing" }
  | ToolFailure;

/** Looks at what a path names, after all links. */
export async function factsAt(path: string, { workspace }: ToolContext): Promise<Facts> {
  const resolved = await workspace.resolve(path, "list");
  if (resolved.kind === "denied") {
    return failed("PATH_DENIED", resolved.message);
  }
  try {
    const facts = await statOf(resolved);
    return {
      kind: "facts",
      type: typeOf(facts),
      size: facts.size,
      modified: facts.mtime.toISOString(),
    };
  } catch (error) {
    return isMissing(error) ? { kind: "missing" } : fileFailure(error, path);
  }
}

async function statOf(path: WorkspacePath): Promise<Stats> {
  if (path.absolute === path.root) {
    return lstat(path.root);
  }
  await using parent = await openParent(path);
  return await lstat(parent.path(basename(path.absolute)));
}
