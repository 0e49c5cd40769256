import type { RunEvent } from "../events.ts";

/** Events after which an instance stands elsewhere. */
export type Standing = Exclude<Extract<RunEvent, { readonly step: string }>, WithinAttempt>;

type WithinAttempt = Extract<
  RunEvent,
  { readonly kind: "step_started" | "auto_resolved" | "tool_called" }
>;

/** Events that say nothing of whether an attempt is over. */
export function isWithinAttempt(
  event: Extract<RunEvent, { readonly step: string }>,
): event is WithinAttempt {
  return (
    event.kind === "step_started" || event.kind === "auto_resolved" || event.kind === "tool_called"
  );
}
