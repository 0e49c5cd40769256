import type { RunWarning } from "@orchestrator/pipeline";
import type { Json } from "@orchestrator/template";

import type { Job, Performed } from "./perform.ts";

/** Adds a warning for each field that a step declares and its result lacks (L35). */
export function withMissingOutputs({ id, step }: Job, performed: Performed): Performed {
  const { result, warnings = [] } = performed.given;
  if (performed.kind === "failed" || step.outputFields === undefined) {
    return performed;
  }
  const value = result !== undefined && "inline" in result ? result.inline : null;
  const missing = step.outputFields
    .filter((name) => !has(value, name))
    .map((name): RunWarning => ({
      code: "missing_output",
      step: id,
      message: `the result of ${id} has no field ${name}, which the step declares`,
    }));
  return missing.length === 0
    ? performed
    : { ...performed, given: { ...performed.given, warnings: [...warnings, ...missing] } };
}

function has(value: Json, name: string): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.hasOwn(value, name)
  );
}
