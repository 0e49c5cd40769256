import type {
  Artifact,
  JsonObject,
  LoopEnd,
  ModelUsage,
  ResultValue,
  RunEvent,
  RunWarning,
  Skip,
  SkipReason,
  StepError,
} from "../events.ts";
import { backOffMs } from "./back-off.ts";
import type { ContainerEnd } from "./container-run.ts";
import { type Frame, idOf, type Instance, instanceAt } from "./frame.ts";
import { containerOf, type LoadedRoute } from "./loaded-plan.ts";
import { haltsFrame } from "./loop-outcome.ts";
import type { RunState } from "./run-state.ts";
import { isReported, isRetried, stepError } from "./step-error.ts";
import { isSettled, isStronger } from "./step-record.ts";

/** An attempt that ended, and when. */
export type EndedAttempt = {
  readonly attempt: number;
  readonly startedAtMs: number;
  readonly durationMs: number;
};

/** What an attempt gave. */
export type AttemptResult = {
  readonly result?: ResultValue;
  readonly parameters?: JsonObject;
  readonly artifacts?: readonly Artifact[];
  readonly usage?: ModelUsage;
  readonly location?: string;
  readonly warnings?: readonly RunWarning[];
  /** Of a container. */
  readonly loop?: LoopEnd;
};

/** The event of an attempt that succeeded. */
export function completeStep(
  instance: Instance,
  { ended, given }: { ended: EndedAttempt; given: AttemptResult },
): RunEvent {
  const skips = skipsOf(instance, "success");
  return { kind: "step_completed", step: idOf(instance), ...ended, ...given, ...some(skips) };
}

/** The event of an attempt that failed: another one follows (L88–L90), or the step settles (L81). */
export function failAttempt(
  state: RunState,
  instance: Instance,
  failure: {
    readonly ended: EndedAttempt;
    readonly error: StepError;
    readonly given?: AttemptResult;
    /** Drawn by the shell, from 0 to 1. */
    readonly jitter: number;
  },
): RunEvent {
  const { ended, error } = failure;
  const { step } = instance.place;
  const mayFollow =
    step.kind === "task" &&
    !isHalted(instance.frame) &&
    state.cancel === undefined &&
    ended.attempt < step.attempts.max &&
    isRetried(error, step.attempts);
  if (!mayFollow) {
    return settleFailed(instance, failure);
  }
  const { retryAfterMs = 0 } = error;
  const waitMs = backOffMs(step.attempts, {
    retry: ended.attempt,
    jitter: failure.jitter,
    retryAfterMs,
  });
  const { totalMs } = step.timeouts;
  if (totalMs !== null && elapsedMs(instance, ended) + waitMs >= totalMs) {
    return settleFailed(instance, { ...failure, error: outOfTime(totalMs, error) });
  }
  const used = usedBy(failure.given);
  return { kind: "attempt_failed", step: idOf(instance), ...ended, error, waitMs, ...used };
}

/** The event that settles a failed step, whatever attempts are left (L80: once the run has failed none follows). */
export function settleFailed(
  instance: Instance,
  {
    ended,
    error,
    given = {},
  }: { ended: EndedAttempt; error: StepError; given?: AttemptResult | undefined },
): RunEvent {
  const { step } = instance.place;
  const skips = skipsOf(instance, "failure");
  const { parameters, loop, ...rest } = given;
  const settled = {
    step: idOf(instance),
    ...ended,
    ...(parameters === undefined ? {} : { parameters }),
    ...(loop === undefined ? {} : { loop }),
    ...some(skips),
  };
  return isReported(error, { ofModel: step.kind === "task" && step.nature === "model" })
    ? { kind: "step_completed", ...settled, ...rest, error }
    : { kind: "step_failed", ...settled, error, ...usedBy(given) };
}

/** L143: what a model was asked counts, whatever became of its answer. */
function usedBy({ usage }: AttemptResult = {}): { readonly usage?: ModelUsage } {
  return usage === undefined ? {} : { usage };
}

/** The event of an attempt that vanished with its executor, or by its silence (L51, L92). */
export function loseAttempt(
  state: RunState,
  instance: Instance,
  { ended, jitter }: { ended: EndedAttempt; jitter: number },
): RunEvent {
  const { step } = instance.place;
  const { lost } = instance.record;
  const isRepeatable = step.kind === "task" && step.repeatable;
  if (isRepeatable && lost < MAX_LOST) {
    return { kind: "attempt_lost", step: idOf(instance), attempt: ended.attempt };
  }
  const why = isRepeatable
    ? `the attempt vanished ${lost + 1} times`
    : "the attempt vanished, and what it did cannot be repeated";
  return failAttempt(state, instance, { ended, error: stepError("ATTEMPT_LOST", why), jitter });
}

/** The event of a step whose condition is false (L78). */
export function skipStep(instance: Instance, atMs: number): RunEvent {
  const skips = skipsOf(instance, "condition_false");
  return {
    kind: "step_skipped",
    step: idOf(instance),
    reason: "condition",
    atMs,
    ...some(skips),
  };
}

/** The event of a step that was stopped (L93, L94). */
export function cancelStep(
  instance: Instance,
  { ended, reason, loop }: { ended: EndedAttempt; reason: string; loop?: LoopEnd },
): RunEvent {
  const of = loop === undefined ? {} : { loop };
  return { kind: "step_cancelled", step: idOf(instance), ...ended, ...of, reason };
}

/** The event that settles a container (L114, L118). */
export function closeContainer(
  instance: Instance,
  { end, atMs, given = {} }: { end: ContainerEnd; atMs: number; given?: AttemptResult | undefined },
): RunEvent {
  const ended = endedNow(instance, atMs);
  const { error, ...loop } = end;
  return error === undefined
    ? completeStep(instance, { ended, given: { ...given, loop } })
    : settleFailed(instance, { ended, error, given: { ...given, loop } });
}

/**
 * The event of a verdict on an iteration: of one that its condition skips (L113), and of one that runs when asking again
 * could give another answer (I8). Undefined where nothing need be recorded.
 */
export function verdictEvent(
  container: Instance,
  {
    state,
    iteration,
    verdict,
    atMs,
  }: { state: RunState; iteration: number; verdict: boolean; atMs: number },
): RunEvent | undefined {
  const { impure, filter } = containerOf(state.loaded, container.place).verdict;
  return (verdict && impure) || (!verdict && filter !== undefined)
    ? { kind: "loop_decided", step: idOf(container), iteration, verdict, atMs: Math.floor(atMs) }
    : undefined;
}

/** A container counts as one attempt, from its start to now. */
export function endedNow({ record }: Instance, nowMs: number): EndedAttempt {
  const { startedAtMs = nowMs } = record;
  return { attempt: 1, startedAtMs, durationMs: Math.max(0, Math.floor(nowMs) - startedAtMs) };
}

/** Attempts of one number that may vanish before the step fails: a step must not bring down executors for ever (I10). */
const MAX_LOST = 3;

type Outcome = "success" | "failure" | "condition_false";

/** Nothing more is started in the frame: it, or one that it is part of, has failed (L83, L114). */
function isHalted(frame: Frame): boolean {
  return frame.halted || (frame.owner !== undefined && isHalted(frame.owner.frame));
}

/** Every step that a settlement skips: routed past, left without its dependency, or an else branch that is not needed. */
function skipsOf(instance: Instance, outcome: Outcome): readonly Skip[] {
  const { step, elseSteps, routes } = instance.place;
  const isPlain = routes.length === 0 && elseSteps.length === 0;
  if (isPlain && (outcome !== "failure" || step.onFailure !== "skip")) {
    return [];
  }
  if (outcome === "failure" && haltsFrame(instance)) {
    return [];
  }
  const { frame } = instance;
  const found = new Map<number, SkipReason>();
  collect(frame, { targets: routedPast(instance, outcome), reason: "routed", found });
  if (outcome !== "condition_false") {
    collect(frame, { targets: elseSteps, reason: "else_not_needed", found });
  }
  if (outcome === "failure" && step.onFailure === "skip") {
    const isRouted = routes.some(({ when }) => when === "failure");
    const targets = isRouted ? [] : descendantsOf(instance);
    collect(frame, { targets, reason: "dependency_failed", found });
  }
  return [...found]
    .toSorted(([a], [b]) => a - b)
    .map(([target, reason]) => ({ step: idOf(instanceAt(frame, target)), reason }));
}

/** L84: the route of the outcome, else `goto` when the step ran. */
function routedPast(instance: Instance, outcome: Outcome): readonly number[] {
  const { routes } = instance.place;
  const route =
    routes.find(({ when }) => when === outcome) ??
    (outcome === "condition_false" ? undefined : otherwiseOf(instance));
  return route?.skips ?? [];
}

/** `goto`; an AUTO that chose none, or was not asked, goes nowhere (L87). */
function otherwiseOf({ place: { step, routes }, record }: Instance): LoadedRoute | undefined {
  const chosen = record.autos?.["goto"];
  return routes.find(
    ({ when, target }) =>
      when === "otherwise" && (step.gotoAuto === undefined || target === chosen),
  );
}

/** Whether an AUTO is to say where the run goes on after this outcome (L84). */
export function asksForRoute(
  { place: { step, routes } }: Instance,
  outcome: "success" | "failure",
): boolean {
  return (
    step.gotoAuto !== undefined &&
    !routes.some(({ when }) => when === outcome) &&
    (outcome === "success" || step.onFailure === "continue")
  );
}

/**
 * Adds steps that nothing happened to yet; the else branch of a skipped step is not needed either (L42). One that is
 * skipped already is named again for a stronger reason, so that its reason does not depend on which came first (L86).
 */
function collect(
  frame: Frame,
  {
    targets,
    reason,
    found,
  }: { targets: Iterable<number>; reason: SkipReason; found: Map<number, SkipReason> },
): void {
  for (const target of targets) {
    const { place, record } = instanceAt(frame, target);
    const before = found.get(target) ?? record.skipReason;
    if (before !== undefined) {
      if (isStronger(reason, before)) {
        found.set(target, reason);
      }
    } else if (!isSettled(record) && record.attempts === 0) {
      found.set(target, reason);
      collect(frame, { targets: place.elseSteps, reason: "else_not_needed", found });
    }
  }
}

/** Transitive dependents, over dependencies only (L47). */
function descendantsOf({ frame, place }: Instance): ReadonlySet<number> {
  const found = new Set<number>();
  const open = [place.index];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const dependent of instanceAt(frame, at).place.dependents) {
      if (!found.has(dependent)) {
        found.add(dependent);
        open.push(dependent);
      }
    }
  }
  return found;
}

function elapsedMs({ record }: Instance, ended: EndedAttempt): number {
  const startedAtMs = record.startedAtMs ?? ended.startedAtMs;
  return ended.startedAtMs + ended.durationMs - startedAtMs;
}

function outOfTime(totalMs: number, last: StepError): StepError {
  const text = `total timeout of ${totalMs / 1000} s leaves no time for another attempt; the last one: ${last.message}`;
  return stepError("TIMEOUT", text, { timedOut: true });
}

/** What is empty is not stored. */
function some(skips: readonly Skip[]): { readonly skips?: readonly Skip[] } {
  return skips.length === 0 ? {} : { skips };
}
