import type { Json } from "@orchestrator/template";

import { durationMs } from "../duration.ts";
import { stepError } from "../engine/step-error.ts";
import type { JsonObject, StepError } from "../events.ts";
import type { PlanStep } from "../plan.ts";
import { schemaProblem } from "../render/schema-problem.ts";
import { approvalWait } from "./approval.ts";
import { momentMs } from "./moment.ts";
import { promptWait } from "./prompt.ts";
import { waitKindOf } from "./wait-kind.ts";
import type { Wait, WaitEnd, WaitKind } from "./wait.ts";

/** What a step that waits comes to when its turn is there. */
export type OpenedWait =
  | { readonly kind: "waits"; readonly wait: Wait }
  /** There is nothing to wait for. */
  | { readonly kind: "over"; readonly wait: Wait; readonly end: WaitEnd }
  | { readonly kind: "failed"; readonly error: StepError };

/** A wait without a timeout of its own ends after this (L151). */
const DEFAULT_TIMEOUT_MS = 7 * 86_400_000;
/** Longer than any wait of the language (L218: 30 days), shorter than what a date holds. */
const MAX_WAIT_MS = 366 * 86_400_000;

/** Makes the wait of a step from its rendered parameters (L149, L156, L157). */
export function openWait(
  step: PlanStep,
  parameters: JsonObject,
  { nowMs, unattended }: { readonly nowMs: number; readonly unattended: boolean },
): OpenedWait {
  const kind = waitKindOf(step);
  if (kind === undefined) {
    throw new Error(`step "${step.id}" waits for nothing`);
  }
  const opening: Opening = { step, parameters, nowMs, unattended };
  const opened = OPENERS[kind](opening);
  return typeof opened === "string"
    ? { kind: "failed", error: stepError("PARAMETER_INVALID", opened) }
    : opened;
}

type Opening = {
  readonly step: PlanStep;
  readonly parameters: JsonObject;
  readonly nowMs: number;
  /** Nobody is there to be asked (L152). */
  readonly unattended: boolean;
};

/** A text says what is wrong with the parameters. */
type Opener = (opening: Opening) => OpenedWait | string;

const OPENERS: Readonly<Record<WaitKind, Opener>> = {
  sleep: openSleep,
  signal: openSignal,
  prompt: openPrompt,
  approval: openApproval,
  feedback: () => "this build asks nobody",
};

function openSleep({ parameters, nowMs }: Opening): OpenedWait | string {
  const { duration, until } = parameters;
  if ((duration === undefined) === (until === undefined)) {
    return "sleep takes a duration or a time until which it waits, one of them";
  }
  const untilMs = until === undefined ? nowMs + (durationMs(duration) ?? 0) : momentMs(until);
  if (untilMs === undefined) {
    return "until must be a time, such as 2026-01-15T14:30:00Z";
  }
  if (untilMs - nowMs > MAX_WAIT_MS) {
    return "a wait ends within a year";
  }
  const wait: Wait = { ...PLAIN, kind: "sleep", expiresAtMs: untilMs };
  return untilMs <= nowMs
    ? { kind: "over", wait, end: { how: "elapsed" } }
    : { kind: "waits", wait };
}

function openSignal(opening: Opening): OpenedWait | string {
  const { signal, schema = null } = opening.parameters;
  const expiresAtMs = expiryOf(opening);
  if (typeof signal !== "string" || signal === "") {
    return "signal must be the name of a signal";
  }
  if (typeof expiresAtMs === "string") {
    return expiresAtMs;
  }
  const given = opening.parameters["default"];
  const problem = schema === null || given === undefined ? undefined : schemaProblem(schema, given);
  if (problem !== undefined) {
    return `default does not fit the schema: ${problem}`;
  }
  const wait: Wait = { ...PLAIN, kind: "signal", signal, schema, expiresAtMs, ...defaultOf(given) };
  return { kind: "waits", wait };
}

function openPrompt(opening: Opening): OpenedWait | string {
  const expiresAtMs = expiryOf(opening);
  const wait =
    typeof expiresAtMs === "string" ? expiresAtMs : promptWait(opening.parameters, expiresAtMs);
  return typeof wait === "string" ? wait : asked(wait, opening);
}

function openApproval(opening: Opening): OpenedWait | string {
  const expiresAtMs = expiryOf(opening);
  const made =
    typeof expiresAtMs === "string" ? expiresAtMs : approvalWait(opening.parameters, expiresAtMs);
  if (typeof made === "string") {
    return made;
  }
  const { wait, end } = made;
  return end === undefined ? asked(wait, opening) : { kind: "over", wait, end };
}

/** L152: where nobody is there, nothing is waited for. */
function asked(wait: Wait, { unattended }: Opening): OpenedWait {
  return unattended ? { kind: "over", wait, end: { how: "unattended" } } : { kind: "waits", wait };
}

const PLAIN = { title: null, prompt: null, schema: null, choices: null };

function defaultOf(value: Json | undefined): { readonly default?: Json } {
  return value === undefined ? {} : { default: value };
}

/** L151; a `timeout` of the step itself bounds the wait as well (L91), whichever is first. */
function expiryOf({ step, parameters, nowMs }: Opening): number | string {
  const { timeout } = parameters;
  const own = timeout === undefined || timeout === null ? DEFAULT_TIMEOUT_MS : durationMs(timeout);
  if (own === undefined || own > MAX_WAIT_MS) {
    return "timeout must be a duration of a year at most";
  }
  const { attemptMs, totalMs } = step.timeouts;
  return nowMs + Math.min(own, attemptMs ?? Infinity, totalMs ?? Infinity);
}
