import type { JsonObject } from "@orchestrator/pipeline";

import { mappingParameter } from "../parameters.ts";
import { type ToolOutcome, done } from "../tool.ts";

/** Gives the new values of variables; that they become the run's is the engine's part (L186). */
export function set(parameters: JsonObject): Promise<ToolOutcome> {
  return Promise.resolve(done(mappingParameter(parameters, "variables") ?? {}));
}
