import type { RunEvent } from "../events.ts";
import type { Command } from "./command.ts";
import { type ContainerEnd, ContainerRun } from "./container-run.ts";
import { FrameRun } from "./frame-run.ts";
import { type Frame, frameOf, framesOf, type Instance } from "./frame.ts";
import { Heap } from "./heap.ts";
import type { RunState } from "./run-state.ts";
import { cancelStep, closeContainer, endedNow, settleFailed } from "./settlement.ts";
import { stepError } from "./step-error.ts";
import { isSettled } from "./step-record.ts";

/** What containers need of the schedule that they are part of. */
export type ContainersHost = {
  /** Put an instance to where it stands: ready, between attempts, lost. */
  readonly place: (instance: Instance) => void;
  /** Why everything stops, once it does (L93, L94). */
  readonly stopReason: () => string | undefined;
  /** An attempt of it is under way, whatever is recorded of it. */
  readonly isInFlight: (instance: Instance) => boolean;
};

/** The containers of a run that are under way, and their frames. */
export class Containers {
  readonly #state: RunState;
  readonly #host: ContainersHost;
  readonly #runs = new Map<Instance, ContainerRun>();
  readonly #frames = new Map<Frame, FrameRun>();
  /** Those for which something may have changed. */
  readonly #dirty = new Set<ContainerRun>();
  /** Containers that wait for nothing any more, and are to be opened. */
  #openable: Instance[] = [];
  readonly #opening = new Set<Instance>();
  readonly #deadlines = new Heap<{ readonly run: ContainerRun; readonly iteration?: number }>();

  constructor(state: RunState, host: ContainersHost) {
    this.#state = state;
    this.#host = host;
  }

  /** Nothing of any container is left to be done. */
  get isEmpty(): boolean {
    return this.#runs.size === 0 && this.#opening.size === 0;
  }

  /** Somebody evaluates something, or is about to be asked to. */
  get isBusy(): boolean {
    return (
      this.#opening.size > 0 ||
      this.#openable.length > 0 ||
      this.#dirty.size > 0 ||
      [...this.#runs.values()].some(({ isAsking, isClosing }) => isAsking || isClosing)
    );
  }

  /** When the next container's time is up. */
  get deadlineMs(): number {
    for (;;) {
      const first = this.#deadlines.first;
      if (first === undefined || this.#isRunning(first)) {
        return this.#deadlines.firstKey ?? Infinity;
      }
      this.#deadlines.pop();
    }
  }

  /** How a frame that is not the root runs. */
  run(frame: Frame): FrameRun | undefined {
    return this.#frames.get(frame);
  }

  /** A container waits for nothing any more. */
  ready(instance: Instance): void {
    this.#openable.push(instance);
  }

  /** Has the containers opened that are ready. */
  open(commands: Command[]): void {
    const openable = this.#openable;
    if (openable.length === 0) {
      return;
    }
    this.#openable = [];
    for (const instance of openable) {
      if (!isSettled(instance.record) && !this.isStopped(instance.frame)) {
        this.#opening.add(instance);
        this.lives(instance);
        commands.push({ kind: "open", instance });
      }
    }
  }

  /** An instance is begun. */
  lives(instance: Instance): void {
    this.#frames.get(instance.frame)?.live.add(instance);
  }

  /** An instance that was begun, and whose attempt was lost, is not begun again. */
  drop(instance: Instance): void {
    const { frame, record } = instance;
    if (record.status === "pending" && this.#frames.get(frame)?.live.delete(instance) === true) {
      this.released(instance);
    }
  }

  /** That a container has started is committed, or was before. */
  begin(instance: Instance): void {
    this.#opening.delete(instance);
    const run = new ContainerRun(instance, { runMaxParallel: this.#state.loaded.plan.maxParallel });
    this.#runs.set(instance, run);
    this.lives(instance);
    this.#dirty.add(run);
    const { attemptMs, totalMs } = run.step.timeouts;
    const boundMs = Math.min(attemptMs ?? Infinity, totalMs ?? Infinity);
    if (boundMs !== Infinity) {
      this.#deadlines.push({ run }, (instance.record.startedAtMs ?? 0) + boundMs);
    }
  }

  /** Takes a container up whose iterations somebody else began. */
  restore(instance: Instance): void {
    this.begin(instance);
    const run = this.#runs.get(instance);
    for (const frame of run === undefined ? [] : framesOf(instance)) {
      const frameRun = this.#openRun(frame);
      for (const each of frame.instances) {
        if (isSettled(each.record)) {
          frameRun.over(each);
        }
      }
      if (frameRun.isOver) {
        run?.wasOver(frame);
        this.#frames.delete(frame);
      } else {
        run?.began(frameRun);
        this.#boundIteration(run, frame);
        this.#placeAll(frameRun);
      }
    }
  }

  /** A container settled, or could not be opened. */
  ended(instance: Instance): void {
    this.#opening.delete(instance);
    const run = this.#runs.get(instance);
    if (run !== undefined) {
      for (const { frame } of run.active.values()) {
        this.#frames.delete(frame);
      }
      this.#runs.delete(instance);
      this.#dirty.delete(run);
    }
  }

  /** It is decided and, where that is recorded, committed whether an iteration runs. */
  decided(
    instance: Instance,
    { iteration, verdict }: { iteration: number; verdict: boolean },
  ): void {
    const run = this.#runs.get(instance);
    if (run === undefined) {
      return;
    }
    this.#dirty.add(run);
    run.decided(iteration, verdict);
    if (run.step.kind === "loop" && run.step.source !== null && verdict && !this.#isHalted(run)) {
      this.#start(run, { iteration, nowMs: undefined });
    }
  }

  /** Whether an iteration runs could not be evaluated. */
  undecided(
    instance: Instance,
    event: { iteration: number; error: Parameters<ContainerRun["failed"]>[1] },
  ): void {
    const run = this.#runs.get(instance);
    if (run !== undefined) {
      run.failed(event.iteration, event.error);
      this.#dirty.add(run);
    }
  }

  /** An iteration was skipped by its condition: it is over when that is committed. */
  skipped(instance: Instance, iteration: number): void {
    const run = this.#runs.get(instance);
    run?.began(this.#openRun(frameOf(instance, iteration)));
  }

  /** The settlement of an instance in a frame is committed. */
  released({ frame: { owner } }: Instance): void {
    const run = owner === undefined ? undefined : this.#runs.get(owner);
    if (run !== undefined) {
      this.#dirty.add(run);
    }
  }

  /** A frame was halted, or everything stops: what is below it is to come to its end. */
  stirAll(): void {
    for (const run of this.#runs.values()) {
      this.#dirty.add(run);
    }
  }

  /** Nothing more is started in the frame. */
  isStopped(frame: Frame): boolean {
    for (let at: Frame | undefined = frame; at !== undefined; at = at.owner?.frame) {
      if (at.halted || (at.owner !== undefined && this.#runs.get(at.owner)?.isStopping === true)) {
        return true;
      }
    }
    return this.#host.stopReason() !== undefined;
  }

  /** What containers have to do now. */
  next(nowMs: number): Command[] {
    const commands = this.#expire(nowMs);
    for (const run of this.#dirty) {
      this.#dirty.delete(run);
      commands.push(...this.#advance(run, nowMs));
    }
    return commands;
  }

  #advance(run: ContainerRun, nowMs: number): Command[] {
    if (run.isClosing) {
      return [];
    }
    if (this.#isHalted(run)) {
      return this.#drain(run, nowMs);
    }
    const commands: Command[] = [];
    for (const frameRun of run.active.values()) {
      if (frameRun.isOver || (frameRun.frame.halted && frameRun.live.size === 0)) {
        run.ended(frameRun.frame);
        this.#frames.delete(frameRun.frame);
      } else if (frameRun.frame.halted) {
        commands.push(...this.#settleWaiting(frameRun, undefined));
      }
    }
    for (let move = run.next(); move !== undefined; move = run.isClosing ? undefined : run.next()) {
      if (move.kind === "start") {
        this.#start(run, { iteration: move.iteration, nowMs });
      } else if (move.kind === "decide") {
        commands.push({ kind: "decide", instance: run.instance, iteration: move.iteration });
      } else {
        commands.push(closing(run, { end: move.end, nowMs }));
      }
    }
    return commands;
  }

  /** Nothing more begins in it: it closes as soon as nothing is under way. */
  #drain(run: ContainerRun, nowMs: number): Command[] {
    const reason = run.isStopping ? "timeout" : this.#host.stopReason();
    const waiting = [...run.active.values()].flatMap((each) => this.#settleWaiting(each, reason));
    const isBusy = run.isAsking || [...run.active.values()].some(({ live }) => live.size > 0);
    if (waiting.length > 0 || isBusy) {
      return waiting;
    }
    const isCalledOff = this.#host.stopReason() !== undefined;
    const end = isCalledOff ? undefined : run.drained();
    run.isClosing = true;
    return [end === undefined ? this.#cancel(run, nowMs) : closing(run, { end, nowMs })];
  }

  #cancel({ instance, iterations }: ContainerRun, nowMs: number): Command {
    const { root } = this.#state;
    const halted = root.halted ? "run_failed" : "iteration_failed";
    const reason = this.#host.stopReason() ?? halted;
    const loop = { iterations, terminatedBy: "error" } as const;
    const ended = endedNow(instance, nowMs);
    return { kind: "record", event: cancelStep(instance, { ended, reason, loop }) };
  }

  /** What waits between attempts makes no other one. */
  #settleWaiting({ live }: FrameRun, reason: string | undefined): Command[] {
    return [...live].flatMap((instance): Command[] => {
      const event = this.#host.isInFlight(instance)
        ? undefined
        : settledIfWaiting(instance, reason);
      return event === undefined ? [] : [{ kind: "record", event }];
    });
  }

  #start(
    run: ContainerRun,
    { iteration, nowMs }: { iteration: number; nowMs: number | undefined },
  ): void {
    const frame = frameOf(run.instance, iteration);
    const frameRun = this.#openRun(frame);
    run.began(frameRun);
    this.#boundIteration(run, frame, nowMs);
    this.#placeAll(frameRun);
  }

  #placeAll(frameRun: FrameRun): void {
    for (const instance of frameRun.frame.instances) {
      if (!isSettled(instance.record)) {
        this.#host.place(instance);
      }
    }
  }

  #openRun(frame: Frame): FrameRun {
    const run = new FrameRun(frame);
    this.#frames.set(frame, run);
    return run;
  }

  /** L122. */
  #boundIteration(
    run: ContainerRun | undefined,
    { iteration, instances }: Frame,
    nowMs?: number,
  ): void {
    if (run?.step.kind !== "loop" || run.step.iterationTimeoutMs === null) {
      return;
    }
    const begun = instances.flatMap(({ record }) => record.startedAtMs ?? []);
    const startedAtMs = Math.min(...begun, nowMs ?? Infinity);
    const from = startedAtMs === Infinity ? (run.instance.record.startedAtMs ?? 0) : startedAtMs;
    this.#deadlines.push({ run, iteration }, from + run.step.iterationTimeoutMs);
  }

  /** Containers whose time is up stop what runs in them (L91, L122). */
  #expire(nowMs: number): Command[] {
    const commands: Command[] = [];
    while (this.deadlineMs <= nowMs) {
      const due = this.#deadlines.pop();
      if (due !== undefined && !due.run.isStopping && !due.run.isClosing) {
        const { instance } = due.run;
        const what = due.iteration === undefined ? "timeout" : "iteration timeout";
        due.run.stop(stepError("TIMEOUT", `the ${what} of the loop passed`, { timedOut: true }));
        this.stirAll();
        commands.push({ kind: "stop", reason: "timeout", within: instance });
      }
    }
    return commands;
  }

  #isRunning({
    run,
    iteration,
  }: {
    readonly run: ContainerRun;
    readonly iteration?: number;
  }): boolean {
    return (
      this.#runs.get(run.instance) === run && (iteration === undefined || run.active.has(iteration))
    );
  }

  #isHalted(run: ContainerRun): boolean {
    return run.isStopping || this.isStopped(run.instance.frame);
  }
}

/** Records the end of a container, or has the shell do what its end takes. */
function closing(run: ContainerRun, { end, nowMs }: { end: ContainerEnd; nowMs: number }): Command {
  const { instance, step } = run;
  const { location, artifacts, outputSchema, sizeLimit } = step;
  const isPlain =
    location === null && artifacts.length === 0 && outputSchema === null && sizeLimit === null;
  if (!isPlain && end.error === undefined) {
    return { kind: "close", instance, end };
  }
  return { kind: "record", event: closeContainer(instance, { end, atMs: nowMs }) };
}

/** The event of what waits between attempts and gets no other one: failed, or cancelled for a reason. */
export function settledIfWaiting(
  instance: Instance,
  reason: string | undefined,
): RunEvent | undefined {
  const { record } = instance;
  const last = record.log?.at(-1);
  if (record.status !== "waiting" || last === undefined) {
    return undefined;
  }
  const { number: attempt, startedAtMs, durationMs } = last;
  const ended = { attempt, startedAtMs, durationMs };
  const error = record.error ?? stepError("TOOL_ERROR", "the attempt failed");
  return reason === undefined
    ? settleFailed(instance, { ended, error })
    : cancelStep(instance, { ended, reason });
}
