import type { JsonObject } from "@orchestrator/pipeline";

import { type Operation, done } from "../tool.ts";

/** An action that does nothing but leave a mark with its name (L185). */
export function mark(action: string): Operation {
  return () => Promise.resolve(done({ action }));
}

/** Gives a value as it is (L185). */
export function captureResult(parameters: JsonObject): ReturnType<Operation> {
  return Promise.resolve(done(parameters["value"] ?? null));
}
