import type { LoopBounds, LoopEnd, ModelUsage, RecordedEvent, RunEvent, Skip } from "../events.ts";
import { applyWait, takeMessage } from "./apply-wait.ts";
import { frameOf, type Instance } from "./frame.ts";
import type { LoadedStep } from "./loaded-plan.ts";
import { haltsFrame, isForgiving } from "./loop-outcome.ts";
import { locate, type RunState } from "./run-state.ts";
import { isStronger, type StepRecord } from "./step-record.ts";

/** Takes an event into a run's state, which changes. The same events give the same state, whoever applies them (I1, I8). */
export function apply(state: RunState, { seq, atUs, event }: RecordedEvent): void {
  state.seq = seq;
  state.suspended = false;
  if (!("step" in event)) {
    applyToRun(state, { event, atUs });
  } else if (event.kind === "auto_resolved") {
    applyAuto(state, event);
  } else if (event.kind === "tool_called") {
    // Recorded for whoever looks; the attempt that had it called says what came of it.
  } else if (event.kind === "wait_started" || event.kind === "wait_answered") {
    applyWait(state, event);
  } else if (isAttempt(event)) {
    applyAttempt(state, { event, atUs });
  } else if (event.kind === "loop_started" || event.kind === "loop_decided") {
    applyToLoop(state, { event, seq });
  } else {
    settle(state, { event, seq });
  }
}

/** Takes back the last event, which ended or suspended the run and was refused. */
export function retract(state: RunState): void {
  state.seq -= 1;
  state.end = undefined;
  state.suspended = false;
}

type RunLevelEvent = Exclude<RunEvent, { readonly step: string }>;
type AttemptEvent = Extract<
  RunEvent,
  { readonly kind: "step_started" | "attempt_failed" | "attempt_lost" }
>;
type SettlingEvent = Extract<
  RunEvent,
  { readonly kind: "step_skipped" | "step_completed" | "step_failed" | "step_cancelled" }
>;

type LoopEvent = Extract<RunEvent, { readonly kind: "loop_started" | "loop_decided" }>;

function isAttempt(event: AttemptEvent | LoopEvent | SettlingEvent): event is AttemptEvent {
  return (
    event.kind === "step_started" ||
    event.kind === "attempt_failed" ||
    event.kind === "attempt_lost"
  );
}

function applyToRun(
  state: RunState,
  { event, atUs }: { event: RunLevelEvent; atUs: number },
): void {
  switch (event.kind) {
    case "run_created":
      takeSubmission(state, { event, atUs });
      return;
    case "run_started":
      state.startedAtMs = event.atMs;
      return;
    case "run_taken_over":
      return;
    case "message_received":
      takeMessage(state, event);
      return;
    case "run_suspended":
      state.suspended = true;
      return;
    case "run_finished": {
      const { kind: _, ...end } = event;
      state.end = end;
    }
  }
}

function takeSubmission(
  state: RunState,
  { event, atUs }: { event: Extract<RunEvent, { readonly kind: "run_created" }>; atUs: number },
): void {
  state.createdAtUs = atUs;
  state.inputs = event.inputs;
  state.sections = event.sections ?? {};
  state.files = event.files ?? [];
  state.autoResponses = event.autoResponses ?? {};
  state.labels = event.labels ?? {};
  state.unattended = event.unattended === true;
  state.warnings.push(...(event.warnings ?? []));
}

function applyAuto(
  state: RunState,
  { step, path, value, usage }: Extract<RunEvent, { readonly kind: "auto_resolved" }>,
): void {
  if (step === "") {
    state.autos = { ...state.autos, [path]: value };
    state.autoUsage = usedSoFar({ usage: state.autoUsage }, usage).usage;
    return;
  }
  const instance = locate(state, step);
  const before = instance.record;
  instance.record = {
    ...before,
    autos: { ...before.autos, [path]: value },
    ...usedSoFar(before, usage),
  };
}

function applyAttempt(
  state: RunState,
  { event, atUs }: { event: AttemptEvent; atUs: number },
): void {
  const instance = locate(state, event.step);
  const before = instance.record;
  switch (event.kind) {
    case "step_started":
      instance.record = {
        ...before,
        status: "running",
        attempts: event.attempt,
        startedAtMs: before.startedAtMs ?? event.atMs,
        ...(event.parameters === undefined ? {} : { parameters: event.parameters }),
      };
      return;
    case "attempt_lost":
      instance.record = {
        ...before,
        status: "pending",
        attempts: event.attempt,
        lost: before.lost + 1,
      };
      return;
    case "attempt_failed":
      instance.record = {
        ...before,
        status: "waiting",
        attempts: event.attempt,
        lost: 0,
        startedAtMs: before.startedAtMs ?? event.startedAtMs,
        endedAtMs: event.startedAtMs + event.durationMs,
        dueAtMs: atUs / 1000 + event.waitMs,
        error: event.error,
        log: [...(before.log ?? []), logEntry(event)],
        ...usedSoFar(before, event.usage),
      };
      // The next attempt asks anew.
      delete instance.record.wait;
  }
}

function applyToLoop(state: RunState, { event, seq }: { event: LoopEvent; seq: number }): void {
  const loop = locate(state, event.step);
  const before = loop.record;
  if (event.kind === "loop_started") {
    const { kind: _, step: __, atMs, ...bounds } = event;
    loop.record = { ...before, status: "running", attempts: 1, startedAtMs: atMs, loop: bounds };
    state.instances += mostInstances(loop.place, bounds);
    return;
  }
  const { iteration, verdict, atMs } = event;
  if (verdict) {
    const decided = { ...before.loop?.decided, [iteration]: true as const };
    loop.record = { ...before, loop: { ...before.loop, decided } };
    return;
  }
  const frame = frameOf(loop, iteration);
  frame.skipped = true;
  for (const instance of frame.instances) {
    settleAs(state, instance, skippedRecord({ reason: "condition" }, { atMs, seq }));
  }
}

/** How many instances a container that has started makes at most. */
export function mostInstances(
  { body }: LoadedStep,
  { items, maxIterations = 1 }: LoopBounds,
): number {
  return (items?.length ?? maxIterations) * (body?.steps.length ?? 0);
}

function settle(state: RunState, { event, seq }: { event: SettlingEvent; seq: number }): void {
  const instance = locate(state, event.step);
  const before = instance.record;
  const isSkip = event.kind === "step_skipped";
  const atMs = isSkip ? event.atMs : event.startedAtMs + event.durationMs;
  const record = isSkip
    ? { ...skippedRecord(event, { atMs, seq }), ...usedSoFar(before, undefined) }
    : settledRecord(before, { event, atMs, seq });
  settleAs(state, instance, record);
  if (event.kind === "step_completed") {
    takeResult(state, { record, event });
  }
  if (record.status === "failed" || (record.status === "completed" && !record.success)) {
    const { frame } = instance;
    frame.failures.push(instance);
    frame.halted ||= haltsFrame(instance);
  }
  if (event.kind !== "step_skipped" && event.loop !== undefined) {
    closeLoop(instance, event.loop);
  }
  applySkips(state, { skips: event.skips, atMs, seq });
}

/** L82: what failed inside counts, unless the container's success says that it was to be expected. */
function closeLoop(loop: Instance, end: LoopEnd): void {
  const { record, frame } = loop;
  record.loop = { ...record.loop, end };
  for (let iteration = 0; iteration < end.iterations; iteration++) {
    const inner = frameOf(loop, iteration);
    frame.tainted ||=
      record.success && !isForgiving(loop) && (inner.tainted || inner.failures.length > 0);
  }
}

function settleAs(state: RunState, instance: Instance, record: StepRecord): void {
  instance.record = record;
  instance.frame.settled += 1;
  state.settled.push(instance);
}

const STATUS = {
  step_completed: "completed",
  step_failed: "failed",
  step_cancelled: "cancelled",
} as const;

function settledRecord(
  before: StepRecord,
  {
    event,
    atMs,
    seq,
  }: {
    event: Exclude<SettlingEvent, { readonly kind: "step_skipped" }>;
    atMs: number;
    seq: number;
  },
): StepRecord {
  const error = event.kind === "step_cancelled" ? undefined : event.error;
  const record: StepRecord = {
    status: STATUS[event.kind],
    success: event.kind === "step_completed" && error === undefined,
    attempts: event.attempt,
    lost: before.lost,
    startedAtMs: before.startedAtMs ?? event.startedAtMs,
    endedAtMs: atMs,
    seq,
  };
  if (before.loop !== undefined) {
    record.loop = before.loop;
  }
  const parameters = event.parameters ?? before.parameters;
  if (parameters !== undefined) {
    record.parameters = parameters;
  }
  if (error !== undefined) {
    record.error = error;
  }
  Object.assign(
    record,
    usedSoFar(before, event.kind === "step_cancelled" ? undefined : event.usage),
  );
  if (event.attempt > lastLogged(before)) {
    record.log = [...(before.log ?? []), logEntry(event)];
  } else if (before.log !== undefined) {
    record.log = before.log;
  }
  return record;
}

/** The sum of what all attempts used; the last one names the model (L143). */
function usedSoFar(
  { usage: before }: { readonly usage?: ModelUsage | undefined },
  usage: ModelUsage | undefined,
): { usage?: ModelUsage } {
  if (before === undefined || usage === undefined) {
    const only = usage ?? before;
    return only === undefined ? {} : { usage: only };
  }
  return {
    usage: {
      ...usage,
      inputTokens: before.inputTokens + usage.inputTokens,
      outputTokens: before.outputTokens + usage.outputTokens,
      costNanoUsd: before.costNanoUsd + usage.costNanoUsd,
    },
  };
}

function takeResult(
  state: RunState,
  {
    record,
    event,
  }: {
    record: StepRecord;
    event: Extract<RunEvent, { readonly kind: "step_completed" }>;
  },
): void {
  const { result, artifacts, location, warnings } = event;
  if (result !== undefined) {
    record.result = result;
  }
  if (artifacts !== undefined) {
    record.artifacts = artifacts;
  }
  if (location !== undefined) {
    record.location = location;
  }
  if (warnings !== undefined) {
    record.warnings = warnings;
    state.warnings.push(...warnings);
  }
}

function applySkips(
  state: RunState,
  { skips = [], atMs, seq }: { skips: readonly Skip[] | undefined; atMs: number; seq: number },
): void {
  for (const skip of skips) {
    const instance = locate(state, skip.step);
    const before = instance.record;
    if (before.status !== "skipped") {
      settleAs(state, instance, skippedRecord(skip, { atMs, seq }));
    } else if (before.skipReason !== undefined && isStronger(skip.reason, before.skipReason)) {
      instance.record = { ...before, skipReason: skip.reason };
    }
  }
}

function skippedRecord(
  { reason }: Pick<Skip, "reason">,
  { atMs, seq }: { atMs: number; seq: number },
): StepRecord {
  return {
    status: "skipped",
    success: false,
    attempts: 0,
    lost: 0,
    endedAtMs: atMs,
    seq,
    skipReason: reason,
  };
}

function lastLogged({ log }: StepRecord): number {
  return log?.at(-1)?.number ?? 0;
}

function logEntry(event: Extract<RunEvent, { readonly startedAtMs: number }>) {
  const error = "error" in event ? event.error : undefined;
  return {
    number: event.attempt,
    startedAtMs: event.startedAtMs,
    durationMs: event.durationMs,
    ...(error === undefined ? {} : { error }),
  };
}
