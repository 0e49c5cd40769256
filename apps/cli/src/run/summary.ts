import { durationText } from "../output/words.ts";
import type { RunResult, StepResult } from "./run-result.ts";

const MAX_OUTPUT_CHARACTERS = 200;

/** What a person wants to know of a run that ended: its outputs, and where its files are: a folder, or words for elsewhere. */
export function summaryText(result: RunResult, { folder }: { folder: string }): string {
  const { pipelineId, runId, status, durationMs, steps, outputs, artifacts, warnings } = result;
  const counts = ["completed", "skipped", "failed", "cancelled"]
    .map((word) => ({ word, count: steps.filter((step) => wordFor(step) === word).length }))
    .filter(({ count }) => count > 0)
    .map(({ word, count }) => `${count} ${word}`)
    .join(", ");
  const time = durationMs === null ? "" : ` in ${durationText(durationMs)}`;
  const lines = [
    `${pipelineId} ${status}${time}: ${counts}`,
    ...section(
      "outputs",
      outputs.map(([name, value]) => `${name}: ${valueText(value)}`),
    ),
    ...section(`files in ${folder}`, artifacts),
    ...section("warnings", warnings),
    `run ${runId}`,
  ];
  return `${lines.join("\n")}\n`;
}

/** A step that did its work and says that it came to nothing has failed, for a person. */
function wordFor({ status, success }: StepResult): string {
  return status === "completed" && !success ? "failed" : status;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];
}

function valueText(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > MAX_OUTPUT_CHARACTERS ? `${text.slice(0, MAX_OUTPUT_CHARACTERS)}…` : text;
}
