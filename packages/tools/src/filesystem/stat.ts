import type { JsonObject } from "@orchestrator/pipeline";

import { textParameter } from "../parameters.ts";
import { type ToolContext, type ToolOutcome, done } from "../tool.ts";
import { factsAt } from "./facts-at.ts";
import { fileNotFound } from "./file-failure.ts";
import { pathFacts } from "./path-facts.ts";

/** Describes what a path names (L187). */
export async function describePath(
  parameters: JsonObject,
  context: ToolContext,
): Promise<ToolOutcome> {
  const path = textParameter(parameters, "path");
  const found = await factsAt(path, context);
  switch (found.kind) {
    case "failed":
      return found;
    case "missing":
      return fileNotFound(path);
    case "facts": {
      const { type, size, modified } = found;
      return done({ action: "stat", ...pathFacts(path), type, size, modified });
    }
  }
}
