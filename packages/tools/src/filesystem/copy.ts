import type { JsonObject } from "@orchestrator/pipeline";

import { type ToolContext, type ToolOutcome, done } from "../tool.ts";
import { fileFailure } from "./file-failure.ts";
import { pathFacts } from "./path-facts.ts";
import { copyTree, planTransfer } from "./transfer.ts";

/** Copies a file or directory (L187). */
export async function copy(parameters: JsonObject, context: ToolContext): Promise<ToolOutcome> {
  const planned = await planTransfer(parameters, context, "read");
  if (planned.kind !== "transfer") {
    return planned;
  }
  const { shown } = planned.transfer;
  try {
    const { size, written } = await copyTree(planned.transfer, context);
    return done({ action: "copy", ...shown, ...pathFacts(shown.destination), size }, written);
  } catch (error) {
    return fileFailure(error, shown.source);
  }
}
