import type { Stats } from "node:fs";
import { lstat, readdir, stat } from "node:fs/promises";
import { join } from "node:path";

import { TOOL_LIMITS } from "../limits.ts";
import { realPath } from "./real-path.ts";
import { isDraft } from "./replace-file.ts";
import type { Workspace, WorkspacePath } from "./workspace.ts";

/** Something that a directory of the workspace holds. */
export type Entry = {
  readonly name: string;
  /** Relative to where the walk started, with `/`. */
  readonly relative: string;
  readonly absolute: string;
  readonly type: EntryType;
  readonly size: number;
  readonly modified: Date;
};

export type EntryType = "file" | "directory" | "other";

/** How far a walk goes. */
export type WalkOptions = {
  /** 1 for the directory alone. */
  readonly depth: number;
  readonly signal: AbortSignal;
};

/** More entries than a walk looks at. */
export class WalkLimitError extends Error {
  override readonly name = "WalkLimitError";
}

/**
 * Entries below a directory by name, directories before what they hold.
 *
 * What is closed to tools is left out, and so are links that lead out of the workspace. A link to a directory is
 * listed, not entered.
 */
export async function* walk(
  workspace: Workspace,
  start: Pick<WorkspacePath, "absolute">,
  { depth, signal }: WalkOptions,
): AsyncGenerator<Entry> {
  let visited = 0;
  yield* below(start.absolute, "", 1);

  async function* below(absolute: string, prefix: string, level: number): AsyncGenerator<Entry> {
    const names = (await readdir(absolute)).filter((name) => !isDraft(name)).toSorted(byCodeUnit);
    for (const name of names) {
      signal.throwIfAborted();
      visited += 1;
      if (visited > TOOL_LIMITS.visitedEntries) {
        throw new WalkLimitError(`more than ${TOOL_LIMITS.visitedEntries} entries to look at`);
      }
      const found = await describe(workspace, join(absolute, name));
      if (found === undefined) {
        continue;
      }
      const { facts, isLink } = found;
      const relative = prefix + name;
      yield {
        name,
        relative,
        absolute: join(absolute, name),
        type: typeOf(facts),
        size: facts.size,
        modified: facts.mtime,
      };
      const enters =
        facts.isDirectory() && !isLink && level < Math.min(depth, TOOL_LIMITS.walkDepth);
      if (enters) {
        yield* below(join(absolute, name), `${relative}/`, level + 1);
      }
    }
  }
}

/** What kind of thing a file system has. */
export function typeOf(facts: Stats): EntryType {
  if (facts.isFile()) {
    return "file";
  }
  return facts.isDirectory() ? "directory" : "other";
}

async function describe(
  workspace: Workspace,
  absolute: string,
): Promise<{ facts: Stats; isLink: boolean } | undefined> {
  if (!workspace.isOpen(absolute)) {
    return undefined;
  }
  try {
    const own = await lstat(absolute);
    if (!own.isSymbolicLink()) {
      return { facts: own, isLink: false };
    }
    const target = await realPath(absolute, { base: workspace.root });
    return target.kind === "real" && workspace.isOpen(target.absolute)
      ? { facts: await stat(target.absolute), isLink: true }
      : undefined;
  } catch {
    // It went away meanwhile, or is a link to nothing.
    return undefined;
  }
}

function byCodeUnit(a: string, b: string): number {
  if (a === b) {
    return 0;
  }
  return a < b ? -1 : 1;
}
