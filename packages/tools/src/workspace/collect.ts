import { TOOL_LIMITS } from "../limits.ts";
import { type Glob, parseGlob } from "./glob.ts";
import { type Entry, WalkLimitError, walk } from "./walk.ts";
import type { Workspace } from "./workspace.ts";

/** The files that a glob names, relative to the workspace and by name; or why it names none. */
export type Collected =
  | { readonly kind: "files"; readonly paths: readonly string[] }
  | { readonly kind: "denied" | "refused" | "limit"; readonly message: string };

/** Finds the files of the workspace that a glob names (L36); none is an empty list. */
export async function collectFiles(
  workspace: Workspace,
  pattern: string,
  { signal }: { readonly signal: AbortSignal },
): Promise<Collected> {
  const text = withinRoot(workspace.root, pattern);
  const denied: Collected = {
    kind: "denied",
    message: `Path is outside the workspace: ${pattern}`,
  };
  if (text.startsWith("/") || text.split("/").includes("..")) {
    return denied;
  }
  const parsed = parseGlob(text);
  if (parsed.kind === "refused") {
    return parsed;
  }
  const { base } = parsed.glob;
  const start = await workspace.resolve(base === "" ? "." : base, "write");
  if (start.kind === "denied") {
    return denied;
  }
  try {
    return await matching(
      parsed.glob,
      walk(workspace, start, { depth: levels(parsed.glob), signal }),
    );
  } catch (error) {
    if (isMissing(error)) {
      return { kind: "files", paths: [] };
    }
    if (error instanceof WalkLimitError) {
      return { kind: "limit", message: `${error.message}: ${pattern}` };
    }
    throw error;
  }
}

async function matching(glob: Glob, entries: AsyncIterable<Entry>): Promise<Collected> {
  const prefix = glob.base === "" ? "" : `${glob.base}/`;
  const paths: string[] = [];
  for await (const entry of entries) {
    const path = prefix + entry.relative;
    if (entry.type === "file" && glob.matches(path)) {
      paths.push(path);
    }
    if (paths.length > TOOL_LIMITS.globbedFiles) {
      throw new WalkLimitError(`more than ${TOOL_LIMITS.globbedFiles} files`);
    }
  }
  return { kind: "files", paths };
}

/** Levels below the base that can hold a match. */
function levels({ base, depth }: Glob): number {
  return base === "" ? depth : depth - base.split("/").length;
}

function withinRoot(root: string, pattern: string): string {
  return pattern.startsWith(`${root}/`) ? pattern.slice(root.length + 1) : pattern;
}

/** Whether a file system call found nothing there. */
export function isMissing(error: unknown): boolean {
  return (
    error instanceof Error &&
    "code" in error &&
    (error.code === "ENOENT" || error.code === "ENOTDIR")
  );
}
