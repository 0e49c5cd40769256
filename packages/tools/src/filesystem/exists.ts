import type { JsonObject } from "@orchestrator/pipeline";

import { textParameter } from "../parameters.ts";
import { type ToolContext, type ToolOutcome, done } from "../tool.ts";
import { factsAt } from "./facts-at.ts";
import { pathFacts } from "./path-facts.ts";

/** Says whether a path exists, and as what (L187). */
export async function exists(parameters: JsonObject, context: ToolContext): Promise<ToolOutcome> {
  const path = textParameter(parameters, "path");
  const found = await factsAt(path, context);
  switch (found.kind) {
    case "failed":
      return found;
    case "missing":
      return done({ action: "exists", ...pathFacts(path), exists: false, type: null });
    case "facts":
      return done({ action: "exists", ...pathFacts(path), exists: true, type: found.type });
  }
}
