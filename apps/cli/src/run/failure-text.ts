import type { RunResult } from "./run-result.ts";

/** What a failed run says on stderr: a line for each step that failed, and as the last one how many (L179). */
export function failureText({ steps, status, error, errorType }: RunResult): string {
  const failed = steps.filter(
    (step) => !step.success && (step.status === "failed" || step.status === "completed"),
  );
  const lines = failed.map(
    (step) => `${step.id}: ${step.errorType ?? "Error"}: ${step.error ?? ""}`,
  );
  if (failed.length === 0) {
    const why = error === null ? "" : `: ${errorType ?? "Error"}: ${error}`;
    return `Pipeline ended as ${status}${why}\n`;
  }
  const ids = failed.map(({ id }) => id).join(", ");
  return [...lines, `Pipeline completed with ${failed.length} failed step(s): ${ids}`, ""].join(
    "\n",
  );
}
