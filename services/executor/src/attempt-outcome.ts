import type { RunEvent } from "@orchestrator/pipeline";

import type { EndedAttempt } from "./run-observer.ts";

type Outcome = EndedAttempt["outcome"];

const OUTCOMES: ReadonlyMap<RunEvent["kind"], Outcome> = new Map<RunEvent["kind"], Outcome>([
  ["step_completed", "succeeded"],
  ["step_failed", "failed"],
  ["attempt_failed", "failed"],
  ["step_cancelled", "cancelled"],
  ["attempt_lost", "lost"],
]);

/** How the attempt ended that an event records; undefined for a step that made none. */
export function outcomeOf(event: RunEvent): Outcome | undefined {
  return event.kind === "step_completed" && event.error !== undefined
    ? "failed"
    : OUTCOMES.get(event.kind);
}
