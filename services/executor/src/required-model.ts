import type { RequiredModel } from "@orchestrator/pipeline";

import type { ModelRequirements } from "./models.ts";

/** What `requires_model` asks of whichever model is called (L137). */
export function requirementsOf(required: RequiredModel | undefined): ModelRequirements {
  if (required === undefined || required === "none") {
    return {};
  }
  const { costLimit: _, ...requirements } = required;
  return requirements;
}

const LEVELS = ["low", "medium", "medium-high", "high", "very-high"];

/** What a field and its step ask for together: the stricter of the two, and the capabilities of both. */
export function withRequired(
  wanted: ModelRequirements,
  required: ModelRequirements,
): ModelRequirements {
  const capabilities = [...(wanted.capabilities ?? []), ...(required.capabilities ?? [])];
  const levels = [wanted.minExpertise, required.minExpertise].filter((each) => each !== undefined);
  const [minExpertise] = levels.toSorted((a, b) => LEVELS.indexOf(b) - LEVELS.indexOf(a));
  return {
    ...wanted,
    ...required,
    capabilities: [...new Set(capabilities)],
    ...(minExpertise === undefined ? {} : { minExpertise }),
    ...most("minAccuracy", Math.max, [wanted.minAccuracy, required.minAccuracy]),
    ...most("minSize", Math.max, [wanted.minSize, required.minSize]),
    ...most("maxSize", Math.min, [wanted.maxSize, required.maxSize]),
  };
}

function most<K extends "minAccuracy" | "minSize" | "maxSize">(
  key: K,
  of: (...values: number[]) => number,
  values: readonly (number | undefined)[],
): { readonly [key in K]?: number } {
  const given = values.filter((value) => value !== undefined);
  const found: { [key in K]?: number } = {};
  if (given.length > 0) {
    found[key] = of(...given);
  }
  return found;
}
