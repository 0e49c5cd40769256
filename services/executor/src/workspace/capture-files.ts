import type { Artifact } from "@orchestrator/pipeline";
import { mediaTypeOf, type Workspace } from "@orchestrator/tools";

import type { AssignedRun, RunStore } from "../run-channel.ts";

/** Stores the bytes of files, and says what they are; a path that is no longer there is left out. */
export async function captureFiles(
  paths: readonly string[],
  { run, workspace, store }: { run: AssignedRun; workspace: Workspace; store: RunStore },
  signal: AbortSignal,
): Promise<readonly Artifact[]> {
  const artifacts: Artifact[] = [];
  for (const path of new Set(paths)) {
    const found = await workspace.resolve(path, "read");
    if (found.kind === "path") {
      const mediaType = mediaTypeOf(path);
      const file = { namespace: run.namespace, mediaType, path: found.absolute };
      const stored = await store.putFile(file, signal).catch(ignoreMissing);
      if (stored !== undefined) {
        artifacts.push({ path: found.relative, ...stored, mediaType });
      }
    }
  }
  return artifacts;
}

/** A tool may write a file and delete it again before it ends. */
function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") {
    throw error;
  }
}
