import type { JsonObject } from "@orchestrator/pipeline";

import { textParameter } from "../parameters.ts";
import { type ToolContext, type ToolOutcome, done, failed } from "../tool.ts";
import { makeDirectories } from "../workspace/anchor.ts";
import { fileFailure } from "./file-failure.ts";
import { pathFacts } from "./path-facts.ts";
import { typeAt } from "./transfer.ts";

/** Makes a directory and those above it (L187). */
export async function makeDirectory(
  parameters: JsonObject,
  { workspace }: ToolContext,
): Promise<ToolOutcome> {
  const path = textParameter(parameters, "path");
  const resolved = await workspace.resolve(path, "write");
  if (resolved.kind === "denied") {
    return failed("PATH_DENIED", resolved.message);
  }
  const there = await typeAt(resolved.absolute);
  if (there === "file") {
    return failed("TOOL_ERROR", `File exists: ${path}`);
  }
  try {
    await makeDirectories(resolved);
  } catch (error) {
    return fileFailure(error, path);
  }
  return done({ action: "mkdir", ...pathFacts(path), created: there === undefined });
}
