import type { JsonObject } from "../events.ts";
import type { PlanStep } from "../plan.ts";
import { HIDDEN } from "../redact/redactor.ts";

/** The rendered parameters of a step that may be recorded before its attempt: all that no secret goes into (L163). */
export function recordedParameters(step: PlanStep, rendered: JsonObject): JsonObject {
  const secret = secretNames(step);
  return secret.size === 0
    ? rendered
    : Object.fromEntries(Object.entries(rendered).filter(([name]) => !secret.has(name)));
}

/** The rendered parameters of a step as others may read them: nothing of those that a secret goes into, whatever was made of it. */
export function shownParameters(step: PlanStep, rendered: JsonObject): JsonObject {
  const secret = secretNames(step);
  return secret.size === 0
    ? rendered
    : Object.fromEntries(
        Object.entries(rendered).map(([name, value]) => [name, secret.has(name) ? HIDDEN : value]),
      );
}

function secretNames(step: PlanStep): ReadonlySet<string> {
  const parameters = step.kind === "task" ? step.parameters : [];
  return new Set(parameters.flatMap((each) => (each.secret === true ? each.name : [])));
}
