import type { Json } from "@orchestrator/template";

import { stepError } from "../engine/step-error.ts";
import type { JsonObject, StepError } from "../events.ts";
import { approvalResult } from "./approval.ts";
import { momentText } from "./moment.ts";
import { promptResult } from "./prompt.ts";
import type { Wait, WaitEnd } from "./wait.ts";

/** A wait that is over, with all that its result is made of. */
export type EndedWait = {
  readonly wait: Wait;
  readonly end: WaitEnd;
  readonly parameters: JsonObject;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
};

/** What came of a wait: R, or a failure. */
export type WaitResult =
  | { readonly kind: "done"; readonly result: Json }
  | { readonly kind: "failed"; readonly error: StepError; readonly result?: Json };

/** Makes R of a wait that is over (L151–L157). */
export function waitResult(ended: EndedWait): WaitResult {
  switch (ended.wait.kind) {
    case "sleep":
      return sleepResult(ended);
    case "signal":
      return signalResult(ended);
    case "prompt":
      return unanswered(ended) ?? promptResult(ended);
    case "approval":
      return unanswered(ended) ?? approvalResult(ended);
    case "feedback":
      throw new Error("this build asks nobody");
  }
}

/** Nobody answered, and there is no default (L151, L152). */
function unanswered({ wait, end }: EndedWait): WaitResult | undefined {
  if (end.how === "answer" || wait.default !== undefined) {
    return undefined;
  }
  return {
    kind: "failed",
    error:
      end.how === "unattended"
        ? stepError("HUMAN_UNAVAILABLE", "nobody is there to be asked, and there is no default")
        : stepError("HUMAN_TIMEOUT", "nobody answered in time", { timedOut: true }),
  };
}

function sleepResult({ wait, startedAtMs, endedAtMs }: EndedWait): WaitResult {
  return done({
    slept: Math.max(0, endedAtMs - startedAtMs) / 1_000,
    started_at: momentText(startedAtMs),
    until: momentText(wait.expiresAtMs),
  });
}

function signalResult({ wait, end, endedAtMs }: EndedWait): WaitResult {
  const signal = wait.signal ?? "";
  if (end.how === "signal") {
    const { answer: payload, by: sender, sentAtMs } = end;
    return done({ signal, payload, received_at: momentText(sentAtMs), sender });
  }
  if (wait.default !== undefined) {
    const received_at = momentText(endedAtMs);
    return done({ signal, payload: wait.default, received_at, sender: null, used_default: true });
  }
  const text = `no signal ${signal} came before its timeout`;
  return { kind: "failed", error: stepError("SIGNAL_TIMEOUT", text, { timedOut: true }) };
}

function done(result: Json): WaitResult {
  return { kind: "done", result };
}
