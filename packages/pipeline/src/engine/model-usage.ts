import type { ModelUsage } from "../events.ts";
import { instancesOf, type RunState } from "./run-state.ts";

/** What each instance of a run used of models, and what its outputs did (L143). */
export function modelUsageOf(state: RunState): readonly ModelUsage[] {
  const ofSteps = instancesOf(state).flatMap(({ record }) => record.usage ?? []);
  return state.autoUsage === undefined ? ofSteps : [...ofSteps, state.autoUsage];
}
