import {
  type AttemptResult,
  type AutoQuestion,
  cancelStep,
  completeStep,
  type EndedAttempt,
  failAttempt,
  idOf,
  type Instance,
  LIMITS,
  loseAttempt,
  programOf,
  type ReadyStep,
  recordedParameters,
  type RenderedStep,
  type RunEvent,
  type RunState,
  skipStep,
  type StepError,
  stepError,
  waitKindOf,
} from "@orchestrator/pipeline";

import { outcomeOf } from "./attempt-outcome.ts";
import type { AttemptSpan, AttemptSpans } from "./attempt-spans.ts";
import { Attempt, type StopCause } from "./attempt.ts";
import type { Clock } from "./clock.ts";
import { isLargerThan } from "./json-size.ts";
import { type AttemptNote, perform, type PerformDeps, type Performed } from "./perform.ts";
import type { ProgramGate } from "./program-gate.ts";
import type { RenderTarget } from "./render-job.ts";
import { renderHeavy, type RenderingDeps, renderLight } from "./rendering.ts";
import type { AssignedRun } from "./run-channel.ts";
import type { RunClock } from "./run-clock.ts";
import type { RunLog } from "./run-log.ts";
import type { RunObserver } from "./run-observer.ts";
import type { RunSecrets } from "./run-secrets.ts";
import { StepAsker } from "./step-asker.ts";
import type { StoredResults } from "./stored-results.ts";
import { stepErrorFrom } from "./thrown-error.ts";
import { withUsage } from "./usage.ts";
import { waitOf } from "./wait-of.ts";

/** What running the steps of one run takes. */
export type StepRunnerDeps = PerformDeps &
  RenderingDeps & {
    readonly run: AssignedRun;
    readonly state: RunState;
    readonly log: RunLog;
    readonly results: StoredResults;
    readonly secrets: RunSecrets;
    readonly clock: Clock;
    readonly runClock: RunClock;
    readonly spans: AttemptSpans;
    readonly observer: RunObserver;
    readonly random: () => number;
    /** Resolves when attempts may start: at once, but for self-fencing. */
    readonly mayStart: () => Promise<void> | undefined;
    /** Room for programs of this host, which all runs share. */
    readonly programs: ProgramGate;
    /** Something was recorded: ask what to do next. */
    readonly changed: () => void;
    readonly broke: (error: unknown) => void;
  };

/** Runs the attempts of one run, and records what comes of them. */
export class StepRunner {
  readonly #deps: StepRunnerDeps;
  readonly #attempts = new Map<Instance, Attempt>();
  /** What steps between attempts were rendered to: a field is rendered once (L52). */
  readonly #ready = new Map<Instance, ReadyStep>();
  /** Attempts that are being performed, dropped ones included: their tools may still have files open. */
  #performing = 0;
  #quiet: (() => void) | undefined;

  readonly #asker: StepAsker;

  constructor(deps: StepRunnerDeps) {
    this.#deps = deps;
    this.#asker = new StepAsker(deps, (error) => this.#surprise(error));
  }

  get size(): number {
    return this.#attempts.size;
  }

  /** Resolves when no attempt is performed any more; undefined when none is. */
  quiet(): Promise<void> | undefined {
    return this.#performing === 0
      ? undefined
      : new Promise((resolve) => {
          this.#quiet = resolve;
        });
  }

  start(instance: Instance, number: number): void {
    const { clock, runClock, broke } = this.#deps;
    const startedAtMs = instance.record.wait?.startedAtMs ?? Math.floor(runClock.nowMs());
    const attempt = new Attempt(
      { instance, number, startedAtMs },
      { clock, abandoned: (late) => this.#settleStopped(late) },
    );
    this.#attempts.set(instance, attempt);
    this.#run(attempt).catch(broke);
  }

  /** Asks attempts to stop: all, or those in a container. */
  stop(cause: StopCause, { within }: { within?: Instance | undefined } = {}): void {
    for (const attempt of this.#attempts.values()) {
      if (within === undefined || isInside(attempt.instance, within)) {
        attempt.stop(cause);
      }
    }
  }

  /** Drops attempts without recording anything of them: all, or those that may simply be made again elsewhere. */
  drop({ onlyRepeatable = false }: { onlyRepeatable?: boolean } = {}): void {
    for (const attempt of this.#attempts.values()) {
      if (!onlyRepeatable || attempt.step.repeatable) {
        attempt.stop({ kind: "dropped" });
        attempt.end();
        this.#attempts.delete(attempt.instance);
      }
    }
  }

  async #run(attempt: Attempt): Promise<void> {
    const { instance } = attempt;
    const rendered =
      this.#ready.get(instance) ?? this.#renderNow(attempt) ?? (await this.#renderLater(attempt));
    if (this.#hasStopped(attempt)) {
      return;
    }
    switch (rendered.kind) {
      case "ask":
        await this.#resolve(attempt, rendered.questions);
        return;
      case "skip":
        this.#record(attempt, skipStep(instance, attempt.startedAtMs));
        return;
      case "failed":
        this.#fail(attempt, { error: rendered.error, given: {} });
        return;
      case "ready":
        await this.#attempt(attempt, rendered);
    }
  }

  #renderNow(attempt: Attempt): RenderedStep | undefined {
    const rendered = renderLight(this.#deps.state, targetOf(attempt), this.#deps);
    return rendered?.kind === "step" ? rendered.step : undefined;
  }

  async #renderLater(attempt: Attempt): Promise<RenderedStep> {
    const { state } = this.#deps;
    try {
      const options = { target: targetOf(attempt), deps: this.#deps };
      const rendered = await renderHeavy(state, options, attempt.signal);
      return rendered.kind === "step" ? rendered.step : unexpected("outputs were rendered");
    } catch (error) {
      return attempt.cause === undefined ? this.#surprise(error) : stoppedStep();
    }
  }

  /** L130: answers are recorded before they are used; then the step is rendered with them. */
  async #resolve(attempt: Attempt, questions: readonly AutoQuestion[]): Promise<void> {
    const failed = await this.#asker.ask(attempt, questions);
    if (this.#hasStopped(attempt)) {
      return;
    }
    if (failed === undefined) {
      await this.#run(attempt);
    } else {
      this.#fail(attempt, failed);
    }
  }

  async #attempt(attempt: Attempt, ready: ReadyStep): Promise<void> {
    this.#ready.set(attempt.instance, ready);
    const waiting = waitOf(attempt, { ready, unattended: this.#deps.state.unattended });
    if (waiting !== undefined) {
      this.#record(attempt, waiting);
      return;
    }
    const leave = attempt.step.nature === "program" ? await this.#place(attempt) : undefined;
    try {
      if (this.#mustAnnounce(attempt) && !this.#hasStopped(attempt)) {
        await this.#announce(attempt, ready);
      }
      if (!this.#hasStopped(attempt)) {
        await this.#go(attempt, ready);
      }
    } finally {
      leave?.();
    }
  }

  async #go(attempt: Attempt, ready: ReadyStep): Promise<void> {
    // A wait is bounded by its own end.
    if (waitKindOf(attempt.step) === undefined) this.#bound(attempt);
    const span = this.#openSpan(attempt);
    const performed = await this.#perform(attempt, { ready, span });
    span?.end(
      performed.kind === "failed" ? this.#deps.secrets.shownFailure(performed.error) : NO_ERROR,
    );
    await this.#ended(attempt, performed);
  }

  /** Waits for room before its clocks run and before anybody is told that it starts. */
  async #place(attempt: Attempt): Promise<(() => void) | undefined> {
    const { mayStart, programs } = this.#deps;
    const leave = await programs.enter(attempt.signal);
    await mayStart();
    return leave;
  }

  #mustAnnounce(attempt: Attempt): boolean {
    const step = attempt.step;
    // What waits has recorded what it was rendered to, and does nothing else.
    return waitKindOf(step) === undefined && (step.announces || this.#isImpure(attempt));
  }

  #isImpure({ instance }: Attempt): boolean {
    return programOf(this.#deps.state.loaded, instance.place).impure;
  }

  /** I5: whoever takes the run up knows that the attempt may have had an effect. */
  async #announce(attempt: Attempt, ready: ReadyStep): Promise<void> {
    const { log, mayStart } = this.#deps;
    const { instance, number, startedAtMs: atMs } = attempt;
    // I8: what could come out differently is read back by whoever repeats the attempt.
    const isNew = instance.record.parameters === undefined;
    const recorded =
      isNew && this.#isImpure(attempt)
        ? { parameters: recordedParameters(attempt.step, ready.parameters) }
        : {};
    const step = idOf(instance);
    log.append({ kind: "step_started", step, attempt: number, atMs, ...recorded });
    await log.settled();
    await mayStart();
  }

  /** True when the attempt goes no further: it is over, or was told to stop. */
  #hasStopped(attempt: Attempt): boolean {
    if (!attempt.isOver && attempt.cause !== undefined) {
      this.#settleStopped(attempt);
    }
    return attempt.isOver;
  }

  /** A cancelled attempt that succeeds all the same has succeeded; one whose time is up has not. */
  async #ended(attempt: Attempt, performed: Performed): Promise<void> {
    const isDone = performed.kind === "succeeded" && attempt.cause?.kind === "cancelled";
    if (attempt.isOver || (!isDone && this.#hasStopped(attempt))) {
      return;
    }
    const route = this.#ready.get(attempt.instance)?.route;
    const isOpen = performed.kind === "succeeded" || this.#isFinal(attempt, performed.error);
    const unrouted = isOpen
      ? await this.#asker.chooseRoute(attempt, { route, performed })
      : undefined;
    if (attempt.isOver) {
      return;
    }
    if (performed.kind === "failed") {
      this.#fail(attempt, performed);
    } else if (unrouted === undefined) {
      await this.#complete(attempt, performed.given);
    } else {
      this.#fail(attempt, { ...unrouted, given: withUsage(performed.given, unrouted.given) });
    }
  }

  async #perform(
    attempt: Attempt,
    { ready, span }: { ready: ReadyStep; span: AttemptSpan | undefined },
  ): Promise<Performed> {
    const { instance } = attempt;
    const { run } = this.#deps;
    const isFinal = (error: StepError): boolean => this.#isFinal(attempt, error);
    const traceparent = span?.traceparent ?? run.traceparent;
    this.#performing += 1;
    try {
      const step = attempt.step;
      const id = idOf(instance);
      const { usage: used, autos = {}, wait } = instance.record;
      const record = (event: AttemptNote): Promise<void> => this.#asker.note(attempt, [event]);
      const job = { id, step, ready, attempt, traceparent, isFinal, used, autos, wait, record };
      return await perform(job, this.#deps);
    } catch (error) {
      return attempt.cause === undefined
        ? { ...this.#surprise(error), given: {} }
        : { ...stoppedStep(), given: {} };
    } finally {
      this.#performing -= 1;
      if (this.#performing === 0) {
        this.#quiet?.();
      }
    }
  }

  /** Whether the step settles by this failure. */
  #isFinal(attempt: Attempt, error: StepError): boolean {
    const { state } = this.#deps;
    const ended = this.#endedNow(attempt);
    return (
      failAttempt(state, attempt.instance, { ended, error, jitter: 0 }).kind !== "attempt_failed"
    );
  }

  /** A tool or the shell threw: the step fails by it, and whoever runs the mesh is told. */
  #surprise(error: unknown): { readonly kind: "failed"; readonly error: StepError } {
    const { observer, run } = this.#deps;
    observer.troubled({ run, doing: "attempt", error: this.#deps.secrets.shownError(error) });
    return { kind: "failed", error: stepErrorFrom(error) };
  }

  /** L91, L92: what is left of the bounds. */
  #bound(attempt: Attempt): void {
    const { attemptMs, totalMs, heartbeatMs } = attempt.step.timeouts;
    if (attemptMs === null && totalMs === null && heartbeatMs === null) {
      return;
    }
    const { runClock } = this.#deps;
    const begunAtMs = attempt.instance.record.startedAtMs ?? attempt.startedAtMs;
    const totalLeftMs = totalMs === null ? null : totalMs - (runClock.nowMs() - begunAtMs);
    attempt.bound({ attemptMs, totalLeftMs, heartbeatMs });
  }

  #openSpan(attempt: Attempt): AttemptSpan | undefined {
    const { run, runId, spans } = this.#deps;
    if (run.traceparent === "") {
      return undefined;
    }
    const { tool, operation, labels } = attempt.step;
    return spans.start({
      traceparent: run.traceparent,
      runId,
      step: idOf(attempt.instance),
      tool,
      operation,
      attempt: attempt.number,
      ...(labels === undefined ? {} : { labels }),
    });
  }

  async #complete(attempt: Attempt, given: AttemptResult): Promise<void> {
    const stored = await this.#stored(attempt, given);
    if (!attempt.isOver) {
      const ended = this.#endedNow(attempt);
      this.#record(attempt, completeStep(attempt.instance, { ended, given: stored }));
    }
  }

  /** L178: a large R is stored apart from the log. */
  async #stored(attempt: Attempt, given: AttemptResult): Promise<AttemptResult> {
    const { result } = given;
    if (result === undefined || !("inline" in result)) {
      return given;
    }
    if (!isLargerThan(result.inline, LIMITS.inlineResultBytes)) {
      return given;
    }
    return {
      ...given,
      result: await this.#deps.results.put(
        this.#deps.secrets.redactor.json(result.inline),
        attempt.signal,
      ),
    };
  }

  #fail(attempt: Attempt, { error, given }: { error: StepError; given: AttemptResult }): void {
    const { state, random } = this.#deps;
    const ended = this.#endedNow(attempt);
    const event = failAttempt(state, attempt.instance, { ended, error, given, jitter: random() });
    this.#record(attempt, event);
  }

  /** It was told to stop, and has, or is given up. */
  #settleStopped(attempt: Attempt): void {
    const { cause, instance } = attempt;
    if (cause === undefined || attempt.isOver) {
      return;
    }
    const { state, random } = this.#deps;
    const ended = this.#endedNow(attempt);
    switch (cause.kind) {
      case "attempt_timeout":
      case "total_timeout": {
        const what = cause.kind === "attempt_timeout" ? "timeout" : "total timeout";
        const text = `${what} of ${cause.afterMs / 1000} s passed`;
        this.#fail(attempt, { error: stepError("TIMEOUT", text, { timedOut: true }), given: {} });
        return;
      }
      case "silent":
        this.#record(attempt, loseAttempt(state, instance, { ended, jitter: random() }));
        return;
      case "cancelled":
        this.#record(attempt, cancelStep(instance, { ended, reason: cause.reason }));
        return;
      case "dropped":
    }
  }

  #record(attempt: Attempt, event: RunEvent): void {
    const { log, changed } = this.#deps;
    attempt.end();
    this.#attempts.delete(attempt.instance);
    const isLast = event.kind !== "attempt_failed" && event.kind !== "attempt_lost";
    // A field is rendered once (L52), but a secret is fetched for each attempt (L163).
    if (isLast || (attempt.step.reads !== undefined && !this.#isImpure(attempt))) {
      this.#ready.delete(attempt.instance);
    }
    log.append(event);
    this.#observe(attempt, event);
    changed();
  }

  #observe(attempt: Attempt, event: RunEvent): void {
    const outcome = outcomeOf(event);
    if (outcome === undefined) {
      return;
    }
    const { tool, operation } = attempt.step;
    this.#deps.observer.attemptEnded({
      run: this.#deps.run,
      step: idOf(attempt.instance),
      tool,
      operation,
      attempt: attempt.number,
      outcome,
      code: "error" in event ? event.error?.code : undefined,
      durationMs: "durationMs" in event ? event.durationMs : 0,
    });
  }

  #endedNow({ number: attempt, startedAtMs }: Attempt): EndedAttempt {
    return { attempt, startedAtMs, durationMs: this.#deps.runClock.sinceMs(startedAtMs) };
  }
}

function isInside({ frame: { owner } }: Instance, container: Instance): boolean {
  return owner !== undefined && (owner === container || isInside(owner, container));
}

function targetOf({ instance }: Attempt): RenderTarget {
  const { attempts, lost, parameters } = instance.record;
  return { kind: "step", instance, decided: attempts > 0 || lost > 0, recorded: parameters };
}

const NO_ERROR = { code: undefined, message: undefined };

function stoppedStep(): { readonly kind: "failed"; readonly error: StepError } {
  return { kind: "failed", error: stepError("CANCELLED", "the attempt was stopped") };
}

function unexpected(message: string): never {
  throw new Error(message);
}
