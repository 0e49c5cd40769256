import type { JsonObject } from "../events.ts";
import type { PlanStep } from "../plan.ts";

/** The rendered parameters of a step that may be recorded before its attempt: all that no secret goes into (L163). */
export function recordedParameters({ parameters }: PlanStep, rendered: JsonObject): JsonObject {
  const secret = new Set(parameters.flatMap((each) => (each.secret === true ? each.name : [])));
  return secret.size === 0
    ? rendered
    : Object.fromEntries(Object.entries(rendered).filter(([name]) => !secret.has(name)));
}
