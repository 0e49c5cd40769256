import { openWait, type WaitRecord, waitResult } from "@orchestrator/pipeline";
import type { ToolOutcome } from "@orchestrator/tools";

import type { Job } from "./perform.ts";

/** What came of a step that has waited, or that had nothing to wait for (§13). */
export function endWait(
  { step, ready: { parameters }, attempt, wait }: Job,
  { unattended }: { readonly unattended: boolean },
): ToolOutcome {
  const ended = endedOf(wait);
  if (ended !== undefined) {
    return outcomeOf(waitResult({ ...ended, parameters }));
  }
  const { startedAtMs } = attempt;
  const opened = openWait(step, parameters, { nowMs: startedAtMs, unattended });
  switch (opened.kind) {
    case "failed":
      return { kind: "failed", error: opened.error, written: [] };
    case "over": {
      const { wait: made, end } = opened;
      const times = { startedAtMs, endedAtMs: startedAtMs };
      return outcomeOf(waitResult({ wait: made, end, parameters, ...times }));
    }
    case "waits":
      throw new Error(`step "${step.id}" goes on before its wait has begun`);
  }
}

function endedOf(record: WaitRecord | undefined) {
  if (record?.end === undefined) {
    return undefined;
  }
  const { wait, end, startedAtMs, endedAtMs = startedAtMs } = record;
  return { wait, end, startedAtMs, endedAtMs };
}

function outcomeOf(result: ReturnType<typeof waitResult>): ToolOutcome {
  return { ...result, written: [] };
}
