import {
  type AttemptResult,
  closeContainer,
  closingResult,
  type Command,
  type ContainerEnd,
  type DecidedIteration,
  idOf,
  type Instance,
  isSettled,
  iterationTexts,
  type PlanStep,
  readBy,
  type RenderedContainer,
  type RunState,
  type Schedule,
  settleFailed,
  skipStep,
  type StartedContainer,
  type StepError,
  stepError,
  verdictEvent,
} from "@orchestrator/pipeline";
import type { ToolContext } from "@orchestrator/tools";

import { resultProblem } from "./perform.ts";
import type { RenderTarget } from "./render-job.ts";
import { renderHeavy, type RenderingDeps, renderLight } from "./rendering.ts";
import type { RunClock } from "./run-clock.ts";
import type { RunLog } from "./run-log.ts";
import { keepFiles } from "./step-files.ts";
import type { RunWorkspace } from "./workspaces.ts";

/** What running the loops and groups of one run takes. */
export type ContainerRunnerDeps = RenderingDeps & {
  readonly state: RunState;
  readonly schedule: Pick<Schedule, "decided" | "undecided">;
  readonly log: Pick<RunLog, "append">;
  readonly runClock: RunClock;
  readonly hostProcesses: boolean;
  readonly openWorkspace: (signal: AbortSignal) => Promise<RunWorkspace>;
  /** Aborts when the run is held no longer. */
  readonly signal: () => AbortSignal;
  /** Something was recorded or decided: ask what to do next. */
  readonly changed: () => void;
  readonly broke: (error: unknown) => void;
};

/** What the schedule asks for of a container. */
export type ContainerCommand = Extract<Command, { readonly kind: "open" | "decide" | "close" }>;

/** Evaluates what containers of one run do, and records what follows. Most of it is done at once. */
export class ContainerRunner {
  readonly #deps: ContainerRunnerDeps;

  constructor(deps: ContainerRunnerDeps) {
    this.#deps = deps;
  }

  obey(command: ContainerCommand): void {
    switch (command.kind) {
      case "open":
        this.#open(command.instance);
        return;
      case "decide":
        this.#decide(command.instance, command.iteration);
        return;
      case "close":
        this.#keep(command.instance, command.end);
    }
  }

  /** Evaluates a container's condition, list and bounds. */
  #open(instance: Instance): void {
    this.#evaluate({ kind: "container", instance, part: { kind: "start" } }, (rendered) => {
      if (rendered.kind === "start") {
        this.#opened(instance, rendered.start);
      }
    });
  }

  /** Finds out whether an iteration runs. */
  #decide(instance: Instance, iteration: number): void {
    const part = { kind: "verdict", iteration } as const;
    this.#evaluate({ kind: "container", instance, part }, (rendered) => {
      if (rendered.kind === "verdict") {
        this.#decided(instance, { iteration, decided: rendered.verdict });
      }
    });
  }

  /** Writes and checks what a container that succeeded leaves (L33, L34, L36), and records its end. */
  #keep(instance: Instance, end: ContainerEnd): void {
    this.#evaluate({ kind: "container", instance, part: { kind: "end" } }, (rendered) => {
      if (rendered.kind === "end") {
        this.#close(instance, { end, rendered }).catch(this.#deps.broke);
      }
    });
  }

  #evaluate(target: ContainerTarget, then: (rendered: RenderedContainer) => void): void {
    const { state } = this.#deps;
    const rendered = renderLight(state, target, this.#deps);
    if (rendered?.kind === "container") {
      then(rendered.container);
      return;
    }
    this.#evaluateLater(target, then).catch(this.#deps.broke);
  }

  async #evaluateLater(
    target: ContainerTarget,
    then: (rendered: RenderedContainer) => void,
  ): Promise<void> {
    const { state, signal, changed } = this.#deps;
    const using = signal();
    try {
      const rendered = await renderHeavy(state, { target, deps: this.#deps }, using);
      if (rendered.kind === "container" && this.#goesOn(target.instance)) {
        then(rendered.container);
      }
    } catch (error) {
      if (!using.aborted) {
        throw error;
      }
    }
    changed();
  }

  /** It is still held, and nothing has ended the container meanwhile. */
  #goesOn({ record }: Instance): boolean {
    return !this.#deps.signal().aborted && !isSettled(record);
  }

  #opened(instance: Instance, started: StartedContainer): void {
    const { log, runClock } = this.#deps;
    const atMs = Math.floor(runClock.nowMs());
    switch (started.kind) {
      case "skip":
        log.append(skipStep(instance, atMs));
        return;
      case "failed":
        this.#failAtOnce(instance, started.error);
        return;
      case "ask":
        this.#failAtOnce(instance, noAnswer());
        return;
      case "started":
        log.append({ kind: "loop_started", step: idOf(instance), atMs, ...started.bounds });
    }
  }

  #failAtOnce(instance: Instance, error: StepError): void {
    const { log, runClock } = this.#deps;
    const ended = { attempt: 1, startedAtMs: Math.floor(runClock.nowMs()), durationMs: 0 };
    log.append(settleFailed(instance, { ended, error }));
  }

  #decided(
    instance: Instance,
    { iteration, decided }: { iteration: number; decided: DecidedIteration },
  ): void {
    const { log, schedule, state, runClock } = this.#deps;
    if (decided.kind !== "verdict") {
      const error = decided.kind === "failed" ? decided.error : noAnswer();
      schedule.undecided(instance, { iteration, error });
      return;
    }
    const { verdict } = decided;
    const event = verdictEvent(instance, { state, iteration, verdict, atMs: runClock.nowMs() });
    if (event === undefined) {
      schedule.decided(instance, { iteration, verdict });
    } else {
      log.append(event);
    }
  }

  async #close(
    instance: Instance,
    { end, rendered }: { end: ContainerEnd; rendered: Extract<RenderedContainer, { kind: "end" }> },
  ): Promise<void> {
    const { log, runClock, changed } = this.#deps;
    const left = await this.#left(instance, { end, rendered });
    if (!this.#goesOn(instance)) {
      return;
    }
    const atMs = runClock.nowMs();
    const closing =
      left.kind === "kept"
        ? { end, atMs, given: left.given }
        : { end: { ...end, error: left.error }, atMs };
    log.append(closeContainer(instance, closing));
    changed();
  }

  async #left(
    instance: Instance,
    {
      end,
      rendered: { end: ended },
    }: { end: ContainerEnd; rendered: Extract<RenderedContainer, { kind: "end" }> },
  ): Promise<
    | { readonly kind: "kept"; readonly given: AttemptResult }
    | { readonly kind: "failed"; readonly error: StepError }
  > {
    const { results, signal, openWorkspace } = this.#deps;
    const { step } = instance.place;
    if (ended.kind === "failed") {
      return ended;
    }
    const using = signal();
    const stored = await results.reader(readBy(instance.frame, [instance.place]), using);
    const read = ({ sha256 }: { readonly sha256: string }) => stored.get(sha256) ?? null;
    const problem = problemOf(step, () => closingResult(instance, { end, read }));
    if (problem !== undefined) {
      return { kind: "failed", error: problem };
    }
    if (ended.location === undefined && ended.artifacts.length === 0) {
      return { kind: "kept", given: {} };
    }
    const workspace = await openWorkspace(using);
    const content = iterationTexts(instance, { iterations: end.iterations, read });
    const files = await keepFiles(
      {
        id: idOf(instance),
        step,
        ready: { ...ended, parameters: {} },
        result: content,
        written: [],
      },
      { context: this.#contextFor(instance, workspace), workspace },
    );
    if (files.kind === "failed") {
      return files;
    }
    const { artifacts, location, warnings } = files;
    return {
      kind: "kept",
      given: {
        ...(artifacts.length === 0 ? {} : { artifacts }),
        ...(location === undefined ? {} : { location }),
        ...(warnings.length === 0 ? {} : { warnings }),
      },
    };
  }

  #contextFor(instance: Instance, { workspace }: RunWorkspace): ToolContext {
    const { hostProcesses, signal, runClock, runId } = this.#deps;
    return {
      workspace,
      hostProcesses,
      signal: signal(),
      now: () => new Date(runClock.nowMs()),
      progress: () => undefined,
      resourceLimits: {},
      idempotencyKey: `${runId}/${idOf(instance)}/1`,
    };
  }
}

type ContainerTarget = Extract<RenderTarget, { readonly kind: "container" }>;

/** L34. */
function problemOf(
  step: PlanStep,
  result: () => ReturnType<typeof closingResult>,
): StepError | undefined {
  return step.outputSchema === null && step.sizeLimit === null
    ? undefined
    : resultProblem(step, result());
}

function noAnswer(): StepError {
  return stepError("AUTO_UNRESOLVED", "what decides about a loop is answered by no model");
}
