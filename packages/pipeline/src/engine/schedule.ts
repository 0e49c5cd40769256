import type { RunEvent, StepError } from "../events.ts";
import type { Command, Finish } from "./command.ts";
import { Containers, settledIfWaiting } from "./containers.ts";
import { FrameRun } from "./frame-run.ts";
import { type Instance, rankOf } from "./frame.ts";
import { Heap } from "./heap.ts";
import type { LoadedPlan } from "./loaded-plan.ts";
import { type ContainerSet, NO_CONTAINERS } from "./no-containers.ts";
import { OpenWaits } from "./open-waits.ts";
import { locate, type RunState } from "./run-state.ts";
import { cancelStep, loseAttempt } from "./settlement.ts";
import { isWithinAttempt, type Standing } from "./standing.ts";
import { stepError } from "./step-error.ts";
import { isSettled } from "./step-record.ts";
import { type Uncommitted, UncommittedQueue } from "./uncommitted.ts";

/** What the shell says of the moment. */
export type Moment = {
  /** Milliseconds since 1970, by the clock that times of events are taken from. */
  readonly nowMs: number;
  /** False while no attempt may start: self-fencing, draining, too much uncommitted. */
  readonly mayStart: boolean;
  /** Draws from 0 to 1. */
  readonly random: () => number;
};

/** A back-off longer than this gives the executor up, when nothing else is left to do. */
const LONGEST_HELD_WAIT_MS = 5_000;

/**
 * Decides what a run does next (L47–L50), from its state and from what the shell has under way. It is told of every
 * event when that is appended, and of commits, since dependents start only after them (I4). Its cost per event does not
 * grow with the number of steps.
 */
export class Schedule {
  readonly #state: RunState;
  readonly #plan: LoadedPlan;
  readonly #root: FrameRun;
  readonly #containers: ContainerSet;
  readonly #ready = new Heap<Instance>();
  /** Instances between attempts, by when the next one is due. */
  readonly #waiting = new Heap<Instance>();
  readonly #openWaits: OpenWaits;
  readonly #inFlight = new Set<Instance>();
  /** Instances whose attempt was under way when its executor vanished. */
  #lost: Instance[] = [];
  readonly #uncommitted = new UncommittedQueue();
  /** How many of the state's settlements are known here. */
  #seen: number;
  #stopped = false;
  #stopReason: string | undefined;
  #isWindingDown = false;
  /** Somebody held the run before, and did not suspend it: the log is to say so before anything else. */
  #isTakenOver: boolean;

  /** Of a state whose events are all committed; a suspended run goes on by that. */
  constructor(state: RunState) {
    this.#isTakenOver = state.startedAtMs !== undefined && !state.suspended;
    state.suspended = false;
    this.#state = state;
    this.#seen = state.settled.length;
    this.#plan = state.loaded;
    this.#openWaits = new OpenWaits(state);
    const { root } = state;
    this.#root = new FrameRun(root);
    const isFlat = root.block.size === root.instances.length;
    this.#containers = isFlat ? NO_CONTAINERS : this.#openContainers();
    for (const instance of state.settled) {
      if (instance.frame === root) {
        this.#root.over(instance);
      }
    }
    for (const instance of root.instances) {
      this.#place(instance);
    }
  }

  #openContainers(): Containers {
    return new Containers(this.#state, {
      place: (instance) => this.#place(instance),
      stopReason: () => this.#stopReason,
      isInFlight: (instance) => this.#inFlight.has(instance),
    });
  }

  /** Instances that hold a slot (L48). */
  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** An event was appended and applied. */
  recorded(event: RunEvent): void {
    if (!("step" in event)) {
      this.#openWaits.recorded(event, undefined);
    } else if (!isWithinAttempt(event)) {
      this.#recordedOf(locate(this.#state, event.step), event);
    }
  }

  #recordedOf(instance: Instance, event: Standing): void {
    switch (event.kind) {
      case "attempt_failed":
      case "attempt_lost":
      case "wait_started":
      case "wait_answered":
        this.#openWaits.recorded(event, instance);
        this.#inFlight.delete(instance);
        this.#place(instance);
        return;
      case "loop_started":
        this.#uncommitted.push({ kind: "opened", instance, seq: this.#state.seq });
        return;
      case "loop_decided":
        this.#recordedVerdict(instance, event);
        return;
      case "step_completed":
      case "step_failed":
      case "step_skipped":
      case "step_cancelled":
        this.#settled(instance);
    }
  }

  #settled(instance: Instance): void {
    this.#inFlight.delete(instance);
    if (instance.place.body !== undefined) {
      this.#containers.ended(instance);
    }
    if (instance.frame.halted) {
      this.#containers.stirAll();
    }
    this.#noteSettled();
  }

  /** Whether an iteration runs, where nothing is recorded of that. */
  decided(instance: Instance, verdict: { iteration: number; verdict: boolean }): void {
    this.#containers.decided(instance, verdict);
  }

  /** Whether an iteration runs cannot be evaluated. */
  undecided(instance: Instance, failure: { iteration: number; error: StepError }): void {
    this.#containers.undecided(instance, failure);
  }

  /** Everything up to here is committed: dependents may start (I4). */
  committed(seq: number): void {
    for (
      let next = this.#uncommitted.take(seq);
      next !== undefined;
      next = this.#uncommitted.take(seq)
    ) {
      this.#release(next);
    }
  }

  #noteSettled(): void {
    const { settled, seq } = this.#state;
    for (; this.#seen < settled.length; this.#seen++) {
      const instance = settled[this.#seen];
      if (instance !== undefined) {
        this.#uncommitted.push({ kind: "settled", instance, seq });
      }
    }
  }

  #recordedVerdict(
    instance: Instance,
    { iteration, verdict }: { iteration: number; verdict: boolean },
  ): void {
    if (verdict) {
      this.#uncommitted.push({ kind: "decided", instance, iteration, seq: this.#state.seq });
    } else {
      this.#containers.skipped(instance, iteration);
      this.#noteSettled();
    }
  }

  #release(next: Uncommitted): void {
    const { instance } = next;
    switch (next.kind) {
      case "opened":
        this.#containers.begin(instance);
        return;
      case "decided":
        this.#containers.decided(instance, { iteration: next.iteration, verdict: true });
        return;
      case "settled": {
        const run = this.#runOf(instance);
        for (const free of run?.over(instance) ?? []) {
          const waiter = instance.frame.instances[free];
          if (waiter !== undefined) {
            this.#place(waiter);
          }
        }
        this.#containers.released(instance);
      }
    }
  }

  #runOf({ frame }: Instance): FrameRun | undefined {
    return frame === this.#state.root ? this.#root : this.#containers.run(frame);
  }

  /** What to do now. Each command is given once; after recording anything, ask again. */
  next(moment: Moment): Command[] {
    const state = this.#state;
    if (state.end !== undefined || state.suspended || state.seq === 0) {
      return [];
    }
    if (state.startedAtMs === undefined) {
      return [{ kind: "record", event: { kind: "run_started", atMs: Math.floor(moment.nowMs) } }];
    }
    if (this.#isTakenOver) {
      this.#isTakenOver = false;
      const atMs = Math.floor(moment.nowMs);
      return [{ kind: "record", event: { kind: "run_taken_over", atMs } }];
    }
    if (this.#lost.length > 0) {
      return this.#recordLost(moment);
    }
    const { root } = state;
    if (root.settled === root.instances.length && state.cancel === undefined) {
      return [{ kind: "finish", finish: this.#finished() }];
    }
    if (state.cancel !== undefined) {
      const finish: Finish = { status: "cancelled", unreached: "cancelled" };
      return this.#stop(moment, { reason: state.cancel.reason, finish });
    }
    const deadlineMs = this.#deadlineMs();
    if (moment.nowMs >= deadlineMs) {
      return this.#stop(moment, { reason: "run_timeout", finish: this.#timedOut() });
    }
    return root.halted ? this.#windDown(moment, deadlineMs) : this.#goOn({ moment, deadlineMs });
  }

  /** Puts an instance that is not settled to where it stands: lost, between attempts, ready, or a container under way. */
  #place(instance: Instance): void {
    const { record, place } = instance;
    switch (record.status) {
      case "running":
        this.#containers.lives(instance);
        if (place.body === undefined) {
          this.#lost.push(instance);
        } else {
          this.#containers.restore(instance);
        }
        return;
      case "waiting":
        this.#placeWaiting(instance);
        return;
      case "pending":
        this.#placePending(instance);
        return;
      case "completed":
      case "failed":
      case "skipped":
      case "cancelled":
    }
  }

  #placeWaiting(instance: Instance): void {
    const { record } = instance;
    this.#containers.lives(instance);
    if (record.wait === undefined) {
      this.#waiting.push(instance, record.dueAtMs ?? 0);
    } else {
      this.#openWaits.add(instance);
    }
  }

  #placePending(instance: Instance): void {
    if (this.#runOf(instance)?.isFree(instance) !== true) {
      return;
    }
    if (instance.place.body !== undefined) {
      this.#containers.ready(instance);
    } else {
      this.#ready.push(instance, rankOf(instance));
    }
  }

  #goOn({ moment, deadlineMs }: { moment: Moment; deadlineMs: number }): Command[] {
    const ended = this.#openWaits.commands(moment.nowMs);
    if (ended.some(({ kind }) => kind === "record")) {
      return ended;
    }
    this.#takeDue(moment.nowMs);
    const commands: Command[] = this.#containers.next(moment.nowMs);
    commands.push(...ended);
    if (moment.mayStart) {
      this.#containers.open(commands);
      this.#start(commands);
    }
    const wakeAtMs = Math.min(
      this.#waiting.firstKey ?? Infinity,
      this.#openWaits.dueAtMs,
      this.#containers.deadlineMs,
      deadlineMs,
    );
    if (commands.length === 0 && this.#isIdle()) {
      if (this.#waiting.size === 0 && this.#openWaits.size === 0) {
        throw new Error("no step of the run can start, and not all of them are settled");
      }
      if (wakeAtMs - moment.nowMs > LONGEST_HELD_WAIT_MS) {
        return [{ kind: "suspend", wakeAfterMs: Math.ceil(wakeAtMs - moment.nowMs) }];
      }
    }
    if (wakeAtMs !== Infinity) {
      commands.push({ kind: "wake", atMs: wakeAtMs });
    }
    return commands;
  }

  /** Steps whose back-off is over are ready again. */
  #takeDue(nowMs: number): void {
    for (;;) {
      const first = this.#waiting.first;
      if (
        first === undefined ||
        ((this.#waiting.firstKey ?? 0) > nowMs && !isSettled(first.record))
      ) {
        return;
      }
      this.#waiting.pop();
      this.#ready.push(first, rankOf(first));
    }
  }

  #start(commands: Command[]): void {
    while (this.#inFlight.size < this.#plan.plan.maxParallel) {
      const instance = this.#ready.pop();
      if (instance === undefined) {
        break;
      }
      if (this.#mayStart(instance)) {
        this.#inFlight.add(instance);
        commands.push({ kind: "start", instance, attempt: nextAttempt(instance) });
      }
    }
  }

  /** A step that settled while it was ready, or whose iteration has failed meanwhile, does not start. */
  #mayStart(instance: Instance): boolean {
    const { frame, record } = instance;
    if (isSettled(record)) {
      return false;
    }
    if (frame !== this.#state.root) {
      if (this.#containers.isStopped(frame)) {
        this.#containers.drop(instance);
        return false;
      }
      this.#containers.lives(instance);
    }
    return true;
  }

  /** Nothing runs, can run, or waits for a commit. */
  #isIdle(): boolean {
    return (
      this.#inFlight.size === 0 &&
      this.#ready.size === 0 &&
      this.#uncommitted.isEmpty &&
      !this.#openWaits.isExpiring &&
      !this.#containers.isBusy
    );
  }

  /** A failure stopped the run: what runs may end, what waits between attempts has failed (L80, L83). */
  #windDown({ nowMs }: Moment, deadlineMs: number): Command[] {
    const commands = this.#settleAll(nowMs, undefined);
    if (commands.length > 0) {
      return commands;
    }
    if (this.#isQuiet) {
      return [{ kind: "finish", finish: { status: "failed", unreached: "run_failed" } }];
    }
    return deadlineMs === Infinity ? [] : [{ kind: "wake", atMs: deadlineMs }];
  }

  #stop({ nowMs }: Moment, { reason, finish }: { reason: string; finish: Finish }): Command[] {
    this.#stopReason ??= reason;
    const commands = this.#settleAll(nowMs, reason);
    if (commands.length === 0 && this.#isQuiet) {
      return [{ kind: "finish", finish }];
    }
    if (!this.#stopped && this.#inFlight.size > 0) {
      this.#stopped = true;
      commands.push({ kind: "stop", reason });
    }
    return commands;
  }

  #withdrawWaits(nowMs: number, reason: string): Command[] {
    return this.#openWaits.withdraw(nowMs, (instance) => {
      const { attempts: attempt, wait } = instance.record;
      const startedAtMs = wait?.startedAtMs ?? nowMs;
      const durationMs = Math.max(0, nowMs - startedAtMs);
      return cancelStep(instance, { ended: { attempt, startedAtMs, durationMs }, reason });
    });
  }

  get #isQuiet(): boolean {
    return this.#inFlight.size === 0 && this.#containers.isEmpty;
  }

  /** Nothing starts any more: settles what waits between attempts, and the containers in which nothing is under way. */
  #settleAll(nowMs: number, reason: string | undefined): Command[] {
    if (!this.#isWindingDown) {
      this.#isWindingDown = true;
      this.#containers.stirAll();
    }
    const commands: Command[] = [];
    // What was due is among the ready ones; nothing else there will start any more.
    for (const heap of [this.#waiting, this.#ready]) {
      for (let instance = heap.pop(); instance !== undefined; instance = heap.pop()) {
        const event = settledIfWaiting(instance, reason);
        this.#containers.drop(instance);
        commands.push(...(event === undefined ? [] : [{ kind: "record", event } as const]));
      }
    }
    commands.push(...this.#withdrawWaits(nowMs, reason ?? "run_failed"));
    return commands.length > 0 ? commands : this.#containers.next(nowMs);
  }

  #recordLost({ nowMs, random }: Moment): Command[] {
    const lost = this.#lost;
    this.#lost = [];
    return lost.map((instance) => {
      const { attempts: attempt, startedAtMs = nowMs } = instance.record;
      const ended = { attempt, startedAtMs, durationMs: Math.max(0, nowMs - startedAtMs) };
      return {
        kind: "record",
        event: loseAttempt(this.#state, instance, { ended, jitter: random() }),
      };
    });
  }

  #deadlineMs(): number {
    const { timeoutMs } = this.#plan.plan;
    return timeoutMs === undefined ? Infinity : (this.#state.startedAtMs ?? 0) + timeoutMs;
  }

  /** L82. */
  #finished(): Finish {
    const { failures, tainted } = this.#state.root;
    return { status: failures.length === 0 && !tainted ? "completed" : "failed" };
  }

  #timedOut(): Finish {
    const seconds = (this.#plan.plan.timeoutMs ?? 0) / 1000;
    const error = stepError("RUN_TIMEOUT", `the run's timeout of ${seconds} s passed`, {
      timedOut: true,
    });
    return { status: "failed", error, unreached: "run_timeout" };
  }
}

/** L51: an attempt that vanished keeps its number, since it uses up none; so does one that has waited. */
function nextAttempt({ record: { attempts, lost, wait } }: Instance): number {
  return lost > 0 || wait !== undefined ? attempts : attempts + 1;
}
