import type { Plan } from "../plan.ts";

/** The id of an execution in its older spelling: pipeline, start of the run's id in seconds, its last 8 digits (L174). */
export function executionId({ pipeline }: Plan, runId: string): string {
  const digits = runId.replaceAll("-", "");
  const seconds = Math.floor(Number.parseInt(digits.slice(0, 12), 16) / 1000);
  return `${pipeline.id}_${seconds}_${digits.slice(-8)}`;
}
