import type { JsonObject } from "@orchestrator/pipeline";

import { TOOL_LIMITS } from "../limits.ts";
import { isSet, textParameter } from "../parameters.ts";
import { type ToolContext, type ToolOutcome, done, failed } from "../tool.ts";
import { type Glob, parseGlob } from "../workspace/glob.ts";
import { type Entry, walk } from "../workspace/walk.ts";
import type { WorkspacePath } from "../workspace/workspace.ts";
import { fileFailure } from "./file-failure.ts";
import { pathFacts } from "./path-facts.ts";

/** Lists a directory by name (L187). */
export async function list(parameters: JsonObject, context: ToolContext): Promise<ToolOutcome> {
  const path = textParameter(parameters, "path");
  const pattern = textParameter(parameters, "pattern");
  const parsed = parseGlob(pattern, { dot: true });
  if (parsed.kind === "refused") {
    return failed("PARAMETER_INVALID", parsed.message);
  }
  const resolved = await context.workspace.resolve(path, "list");
  if (resolved.kind === "denied") {
    return failed("PATH_DENIED", resolved.message);
  }
  const recursive = isSet(parameters, "recursive");
  try {
    const found = await entriesOf(resolved, {
      context,
      // A pattern without `/` is for names, wherever they are.
      matches: ({ name, relative }) =>
        isMatch(parsed.glob, pattern.includes("/") ? relative : name),
      depth: recursive || pattern.includes("/") ? Number.POSITIVE_INFINITY : 1,
    });
    return done({ action: "list", ...pathFacts(path), ...shownEntries(path, found) });
  } catch (error) {
    return fileFailure(error, path);
  }
}

type Found = { readonly entries: readonly Entry[]; readonly truncated: boolean };

async function entriesOf(
  path: WorkspacePath,
  {
    context,
    matches,
    depth,
  }: {
    readonly context: ToolContext;
    readonly matches: (entry: Entry) => boolean;
    readonly depth: number;
  },
): Promise<Found> {
  const entries: Entry[] = [];
  for await (const entry of walk(context.workspace, path, { depth, signal: context.signal })) {
    if (!matches(entry)) {
      continue;
    }
    if (entries.length === TOOL_LIMITS.listEntries) {
      return { entries, truncated: true };
    }
    entries.push(entry);
  }
  return { entries, truncated: false };
}

function shownEntries(path: string, { entries, truncated }: Found): JsonObject {
  const prefix = path === "" || path.endsWith("/") ? path : `${path}/`;
  const items = entries.map(({ name, relative, type, size, modified }) => ({
    name,
    path: prefix + relative,
    type,
    size,
    modified: modified.toISOString(),
  }));
  const files = items.filter(({ type }) => type === "file").map((item) => item.path);
  return { items, files, count: items.length, truncated };
}

function isMatch(glob: Glob, path: string): boolean {
  return glob.matches(path);
}
