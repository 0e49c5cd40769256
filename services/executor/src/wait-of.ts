import {
  idOf,
  openWait,
  type ReadyStep,
  recordedParameters,
  type RunEvent,
  waitKindOf,
} from "@orchestrator/pipeline";

import type { Attempt } from "./attempt.ts";

/** The event by which an attempt begins to wait (L149); undefined where it goes on at once. */
export function waitOf(
  { instance, number, startedAtMs }: Attempt,
  { ready, unattended }: { readonly ready: ReadyStep; readonly unattended: boolean },
): RunEvent | undefined {
  const { step } = instance.place;
  if (waitKindOf(step) === undefined || instance.record.wait !== undefined) {
    return undefined;
  }
  const opened = openWait(step, ready.parameters, { nowMs: startedAtMs, unattended });
  return opened.kind !== "waits"
    ? undefined
    : {
        kind: "wait_started",
        step: idOf(instance),
        attempt: number,
        atMs: startedAtMs,
        wait: opened.wait,
        parameters: recordedParameters(step, ready.parameters),
      };
}
