import { posix } from "node:path";

import type { RunState, StepRecord, StoredFile } from "@orchestrator/pipeline";
import type { Json } from "@orchestrator/template";

/**
 * The files that a private workspace starts with: uploads, then what committed steps wrote, deleted and moved away, in
 * the order of their commits.
 */
export function filesOf(state: RunState): readonly StoredFile[] {
  const files = new Map(state.files.map((file) => [posix.normalize(file.path), file]));
  for (const { place, record } of state.settled) {
    const { step } = place;
    for (const gone of step.tool === "filesystem" ? removedBy(step.operation, record.result) : []) {
      removeBelow(files, gone);
    }
    for (const artifact of record.artifacts ?? []) {
      files.set(posix.normalize(artifact.path), artifact);
    }
  }
  return [...files].flatMap(([path, file]) => (posix.isAbsolute(path) ? [] : [{ ...file, path }]));
}

/** What a file operation took away, as its R says (L187). */
function removedBy(operation: string, result: StepRecord["result"]): readonly string[] {
  const value = result !== undefined && "inline" in result ? result.inline : null;
  if (operation === "delete") {
    return textsOf(fieldOf(value, "deleted"));
  }
  return operation === "move" ? textsOf(fieldOf(value, "source")) : [];
}

function removeBelow(files: Map<string, StoredFile>, path: string): void {
  const gone = posix.normalize(path).replace(/\/$/, "");
  for (const known of files.keys()) {
    if (known === gone || known.startsWith(`${gone}/`)) {
      files.delete(known);
    }
  }
}

function fieldOf(value: Json, name: string): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (Object.entries(value).find(([key]) => key === name)?.[1] ?? null)
    : null;
}

function textsOf(value: Json): readonly string[] {
  const values: readonly Json[] = Array.isArray(value) ? value : [value];
  return values.filter((each) => typeof each === "string");
}
