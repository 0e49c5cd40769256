import type { RunEvent, SkipReason, StepError } from "../events.ts";
import type { Instance } from "./frame.ts";
import { Heap } from "./heap.ts";
import type { LoadedPlan } from "./loaded-plan.ts";
import { OpenWaits } from "./open-waits.ts";
import { locate, type RunState } from "./run-state.ts";
import { cancelStep, loseAttempt, settleFailed } from "./settlement.ts";
import { stepError } from "./step-error.ts";
import { isSettled } from "./step-record.ts";
import { Waits } from "./waits.ts";

/** What a run's shell has to do next. */
export type Command =
  /** Record this; it follows from what is recorded already. */
  | { readonly kind: "record"; readonly event: RunEvent }
  /** Start a step: condition, rendering, attempt. It holds a slot until it settles or its attempt fails. */
  | { readonly kind: "start"; readonly instance: Instance; readonly attempt: number }
  /** Ask every attempt to stop, and settle it as cancelled for this reason (L93, L94). */
  | { readonly kind: "stop"; readonly reason: string }
  /** Ask again at this time, at the latest. */
  | { readonly kind: "wake"; readonly atMs: number }
  /** Nothing but long back-offs and waits is left: give the executor up until then, or until a message (I9). */
  | { readonly kind: "suspend"; readonly wakeAfterMs: number }
  /** The time of a wait has passed: put that into the run's inbox, where the first message for the wait counts (L150). */
  | { readonly kind: "expire"; readonly instance: Instance }
  /** Nothing is left: evaluate the outputs and end the run. */
  | { readonly kind: "finish"; readonly finish: Finish };

/** How a run ends, but for its outputs. */
export type Finish = {
  readonly status: "completed" | "failed" | "cancelled";
  readonly error?: StepError;
  readonly unreached?: SkipReason;
};

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
  readonly #waits: Waits;
  readonly #ready = new Heap<Instance>();
  /** Instances between attempts, by when the next one is due. */
  readonly #waiting = new Heap<Instance>();
  readonly #openWaits: OpenWaits;
  readonly #inFlight = new Set<Instance>();
  /** Instances whose attempt was under way when its executor vanished. */
  #lost: Instance[] = [];
  /** Settled instances whose dependents wait for the commit, in order. */
  #unreleased: { readonly instance: Instance; readonly seq: number }[] = [];
  #released = 0;
  /** How many of the state's settlements are known here. */
  #seen: number;
  #stopped = false;
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
    this.#waits = new Waits(root.block);
    for (const { index } of state.settled) {
      this.#waits.over(index);
    }
    for (const instance of root.instances) {
      this.#place(instance);
    }
  }

  /** Instances that hold a slot (L48). */
  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** An event was appended and applied. */
  recorded(event: RunEvent): void {
    if (!("step" in event)) {
      this.#openWaits.recorded(event, undefined);
      return;
    }
    if (WITHIN_ATTEMPTS.has(event.kind)) {
      return;
    }
    if (TO_BE_PLACED.has(event.kind)) {
      const instance = locate(this.#state, event.step);
      this.#openWaits.recorded(event, instance);
      this.#inFlight.delete(instance);
      this.#place(instance);
      return;
    }
    this.#inFlight.delete(locate(this.#state, event.step));
    const { settled, seq } = this.#state;
    for (; this.#seen < settled.length; this.#seen++) {
      const instance = settled[this.#seen];
      if (instance !== undefined) {
        this.#unreleased.push({ instance, seq });
      }
    }
  }

  /** Everything up to here is committed: dependents may start (I4). */
  committed(seq: number): void {
    for (;;) {
      const next = this.#unreleased[this.#released];
      if (next === undefined || next.seq > seq) {
        break;
      }
      this.#released += 1;
      this.#release(next.instance);
    }
    if (this.#released === this.#unreleased.length) {
      this.#unreleased = [];
      this.#released = 0;
    }
  }

  #release({ frame, index }: Instance): void {
    for (const free of this.#waits.over(index)) {
      const instance = frame.instances[free];
      if (instance !== undefined) {
        this.#place(instance);
      }
    }
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
      return this.#stop({ reason: state.cancel.reason, finish, nowMs: moment.nowMs });
    }
    const deadlineMs = this.#deadlineMs();
    if (moment.nowMs >= deadlineMs) {
      const finish = this.#timedOut();
      return this.#stop({ reason: "run_timeout", finish, nowMs: moment.nowMs });
    }
    return root.halted
      ? this.#windDown({ moment, deadlineMs })
      : this.#goOn({ moment, deadlineMs });
  }

  /** Puts a step that is not settled to where it stands: lost, between attempts, or ready. */
  #place(instance: Instance): void {
    const { record, index, place } = instance;
    switch (record.status) {
      case "running":
        this.#lost.push(instance);
        return;
      case "waiting":
        if (record.wait === undefined) {
          this.#waiting.push(instance, record.dueAtMs ?? 0);
        } else {
          this.#openWaits.add(instance);
        }
        return;
      case "pending":
        if (this.#waits.isFree(index)) {
          this.#ready.push(instance, place.rank);
        }
        return;
      case "completed":
      case "failed":
      case "skipped":
      case "cancelled":
    }
  }

  #goOn({ moment, deadlineMs }: { moment: Moment; deadlineMs: number }): Command[] {
    const ended = this.#openWaits.commands(moment.nowMs);
    if (ended.some(({ kind }) => kind === "record")) {
      return ended;
    }
    this.#takeDue(moment.nowMs);
    const commands: Command[] = moment.mayStart ? [...ended, ...this.#starts()] : ended;
    const dueAtMs = Math.min(this.#waiting.firstKey ?? Infinity, this.#openWaits.dueAtMs);
    const wakeAtMs = Math.min(dueAtMs, deadlineMs);
    if (this.#isIdle()) {
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
    while ((this.#waiting.firstKey ?? Infinity) <= nowMs) {
      const due = this.#waiting.pop();
      if (due !== undefined) {
        this.#ready.push(due, due.place.rank);
      }
    }
  }

  #starts(): Command[] {
    const commands: Command[] = [];
    while (this.#inFlight.size < this.#plan.plan.maxParallel) {
      const instance = this.#ready.pop();
      if (instance === undefined) {
        break;
      }
      if (!isSettled(instance.record)) {
        this.#inFlight.add(instance);
        commands.push({ kind: "start", instance, attempt: nextAttempt(instance) });
      }
    }
    return commands;
  }

  /** Nothing runs, can run, or waits for a commit. */
  #isIdle(): boolean {
    return (
      this.#inFlight.size === 0 &&
      this.#ready.size === 0 &&
      this.#unreleased.length === 0 &&
      !this.#openWaits.isExpiring
    );
  }

  /** A failure stopped the run: what runs may end, what waits between attempts has failed (L80, L83). */
  #windDown({ moment, deadlineMs }: { moment: Moment; deadlineMs: number }): Command[] {
    const commands = this.#settleWaiting((instance, { error, ...ended }) =>
      settleFailed(instance, { ended, error }),
    );
    commands.push(...this.#withdrawWaits(moment.nowMs, "run_failed"));
    if (commands.length > 0) {
      return commands;
    }
    if (this.#inFlight.size === 0) {
      return [{ kind: "finish", finish: { status: "failed", unreached: "run_failed" } }];
    }
    return deadlineMs === Infinity ? [] : [{ kind: "wake", atMs: deadlineMs }];
  }

  #stop({ reason, finish, nowMs }: { reason: string; finish: Finish; nowMs: number }): Command[] {
    const commands = this.#settleWaiting((instance, { attempt, startedAtMs, durationMs }) =>
      cancelStep(instance, { ended: { attempt, startedAtMs, durationMs }, reason }),
    );
    commands.push(...this.#withdrawWaits(nowMs, reason));
    if (commands.length === 0 && this.#inFlight.size === 0) {
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

  #settleWaiting(settle: Settle): Command[] {
    const commands: Command[] = [];
    // What was due is among the ready ones; nothing else there will start any more.
    for (const heap of [this.#waiting, this.#ready]) {
      for (let instance = heap.pop(); instance !== undefined; instance = heap.pop()) {
        commands.push(...settledIfWaiting(instance, settle));
      }
    }
    return commands;
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
    return { status: this.#state.root.failures.length === 0 ? "completed" : "failed" };
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

type Settle = (instance: Instance, last: LastAttempt) => RunEvent;

function settledIfWaiting(instance: Instance, settle: Settle): Command[] {
  const { record } = instance;
  const last = record.log?.at(-1);
  if (record.status !== "waiting" || last === undefined) {
    return [];
  }
  const { number: attempt, startedAtMs, durationMs } = last;
  const error = record.error ?? stepError("TOOL_ERROR", "the attempt failed");
  return [{ kind: "record", event: settle(instance, { attempt, startedAtMs, durationMs, error }) }];
}

type LastAttempt = {
  readonly attempt: number;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly error: StepError;
};

/** Kinds after which an instance stands elsewhere, and is not settled. */
const TO_BE_PLACED: ReadonlySet<RunEvent["kind"]> = new Set<RunEvent["kind"]>([
  "attempt_failed",
  "attempt_lost",
  "wait_started",
  "wait_answered",
]);

/** Kinds that say nothing of whether an attempt is over. */
const WITHIN_ATTEMPTS: ReadonlySet<RunEvent["kind"]> = new Set<RunEvent["kind"]>([
  "step_started",
  "auto_resolved",
  "tool_called",
]);
