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
