import type { JsonObject } from "@orchestrator/pipeline";

import { textParameter } from "../parameters.ts";
import { type ToolOutcome, done } from "../tool.ts";

/** Gives the message's text (L185). */
export function echo(parameters: JsonObject): Promise<ToolOutcome> {
  return Promise.resolve(done(textParameter(parameters, "message")));
}
