import assert from "node:assert/strict";

import { documentOf } from "../document/result-document.ts";
import { apply } from "../engine/apply.ts";
import type { Command } from "../engine/command.ts";
import { idOf, type Instance } from "../engine/frame.ts";
import { type LoadedPlan, openPlan } from "../engine/loaded-plan.ts";
import { locate, openRun, type RunState } from "../engine/run-state.ts";
import { Schedule } from "../engine/schedule.ts";
import {
  cancelStep,
  completeStep,
  failAttempt,
  skipStep,
  verdictEvent,
} from "../engine/settlement.ts";
import { decodeSnapshot, encodeSnapshot } from "../engine/snapshot.ts";
import { isSettled } from "../engine/step-record.ts";
import { decodeEvent, encodeEvent } from "../event-codec.ts";
import type { RunEvent } from "../events.ts";
import { startContainer } from "../render/render-container.ts";
import type { RenderContext } from "../render/renderer.ts";
import { below, type Draw } from "./draw.ts";
import type { RandomPlan } from "./random-plan.ts";

const RUN_ID = "018bcfe5-6800-7000-8000-000000000001";

/** Runs a plan against its schedule: attempts end, commits arrive, the executor dies and messages come in any order. */
export class Simulation {
  readonly log: RunEvent[] = [];
  readonly starts: string[] = [];
  readonly #random: RandomPlan;
  readonly #plan: LoadedPlan;
  readonly #draw: Draw;
  readonly #options: { readonly crashes: boolean; readonly cancels: boolean };
  #state: RunState;
  #schedule: Schedule;
  #inFlight: { instance: Instance; attempt: number; stopped?: string }[] = [];
  #committed = 0;
  #nowMs = 1_000;
  #canceled = false;

  constructor(
    random: RandomPlan,
    { draw, ...options }: { draw: Draw; crashes: boolean; cancels: boolean },
  ) {
    this.#random = random;
    this.#plan = openPlan(random.plan);
    this.#draw = draw;
    this.#options = options;
    this.#state = openRun(this.#plan);
    this.#append({ kind: "run_created", inputs: {} });
    this.#committed = 1;
    this.#schedule = new Schedule(this.#state);
  }

  run(): RunState {
    for (
      let turns = 0;
      this.#state.end === undefined || this.#committed < this.log.length;
      turns++
    ) {
      assert.ok(turns < 5_000, "the run does not end");
      this.#turn();
    }
    return this.#state;
  }

  #turn(): void {
    this.#askAll();
    const choice = below(this.#draw, 10);
    if (choice < 3 && this.#committed < this.log.length) {
      this.#commit(this.#committed + 1 + below(this.#draw, this.log.length - this.#committed));
    } else if (choice === 9 && this.#options.crashes) {
      this.#crash();
    } else if (choice === 8 && this.#mayCancel()) {
      this.#canceled = true;
      const message = { kind: "cancel", reason: "enough" } as const;
      this.#append({ kind: "message_received", inboxSeq: 1, message });
    } else if (this.#inFlight.length > 0 && choice < 8) {
      this.#end(below(this.#draw, this.#inFlight.length));
    } else {
      this.#pass();
    }
  }

  #mayCancel(): boolean {
    const { end, suspended } = this.#state;
    return this.#options.cancels && !this.#canceled && end === undefined && !suspended;
  }

  #pass(): void {
    this.#nowMs += 500;
    if (this.#state.suspended && this.#committed === this.log.length) {
      this.#takeUp();
    }
  }

  #askAll(): void {
    for (;;) {
      const commands = this.#schedule.next({
        nowMs: this.#nowMs,
        mayStart: true,
        random: this.#draw,
      });
      const changed = commands.map((command) => this.#obey(command));
      if (!changed.includes(true)) {
        return;
      }
    }
  }

  #obey(command: Command): boolean {
    switch (command.kind) {
      case "record":
        this.#append(command.event);
        return true;
      case "start":
        this.#start(command);
        return false;
      case "stop":
        this.#stop(command);
        return false;
      case "open":
        this.#open(command.instance);
        return true;
      case "decide":
        this.#decide(command.instance, command.iteration);
        return true;
      case "close":
        return assert.fail("no container of these plans leaves files");
      case "expire":
      case "wake":
        return false;
      case "suspend":
      case "finish":
        assert.equal(this.#inFlight.length, 0, "a run leaves or ends only when nothing runs");
        this.#append(
          command.kind === "suspend"
            ? { kind: "run_suspended", wakeAfterMs: command.wakeAfterMs }
            : { kind: "run_finished", atMs: this.#nowMs, outputs: {}, ...command.finish },
        );
        return false;
    }
  }

  #stop({ reason, within }: Command & { kind: "stop" }): void {
    for (const flight of this.#inFlight) {
      if (within === undefined || isInside(flight.instance, within)) {
        flight.stopped = reason;
      }
    }
  }

  #start({ instance, attempt }: Command & { kind: "start" }): void {
    const { record } = instance;
    const { step } = instance.place;
    assert.ok(step.kind === "task");
    assert.ok(!isSettled(record), `${idOf(instance)} starts although it is settled`);
    this.#checkWaits(instance);
    this.starts.push(idOf(instance));
    this.#inFlight.push({ instance, attempt });
    this.#checkParallel(instance);
    assert.ok(
      this.#inFlight.length <= this.#plan.plan.maxParallel,
      "more in flight than max_parallel",
    );
    assert.ok(attempt >= 1 && attempt <= step.attempts.max, "an attempt too many");
    if (step.announces) {
      this.#append({ kind: "step_started", step: idOf(instance), attempt, atMs: this.#nowMs });
    }
  }

  #open(instance: Instance): void {
    const { place, record } = instance;
    const id = idOf(instance);
    assert.ok(!isSettled(record) && record.status === "pending", `${id} opens twice`);
    this.#checkWaits(instance);
    if (this.#random.behaviours.get(place.step.id)?.conditionHolds === false) {
      this.#append(skipStep(instance, this.#nowMs));
      return;
    }
    const started = startContainer(this.#context(), instance);
    assert.ok(started.kind === "started", JSON.stringify(started));
    this.#append({ kind: "loop_started", step: id, atMs: this.#nowMs, ...started.bounds });
  }

  /** Repetitions go on until `max_iterations`, which are few; of lists every third item is skipped. */
  #decide(instance: Instance, iteration: number): void {
    const { step } = instance.place;
    const isList = step.kind === "loop" && step.source !== null;
    const verdict = !isList || iteration % 3 !== 2;
    const atMs = this.#nowMs;
    const event = verdictEvent(instance, { state: this.#state, iteration, verdict, atMs });
    if (event === undefined) {
      this.#schedule.decided(instance, { iteration, verdict });
    } else {
      this.#append(event);
    }
  }

  #context(): RenderContext {
    return {
      state: this.#state,
      runId: RUN_ID,
      nowMs: this.#nowMs,
      read: () => null,
      call: () => null,
      cpuMs: () => 0,
    };
  }

  /** I4: what it waits for is committed, and so is the start of what it is part of. */
  #checkWaits({ place, frame }: Instance): void {
    for (const other of place.step.waitsFor) {
      const { seq = Infinity } = locate(this.#state, frame.prefix + other).record;
      assert.ok(
        seq <= this.#committed,
        `${place.step.id} starts before ${other} is committed (I4)`,
      );
    }
    if (frame.owner !== undefined) {
      const of = idOf(frame.owner);
      const at = this.log.findIndex((event) => event.kind === "loop_started" && event.step === of);
      assert.ok(at >= 0 && at < this.#committed, `${of} is not committed to have started (I4)`);
    }
  }

  /** L107. */
  #checkParallel({ frame: { owner } }: Instance): void {
    if (owner?.place.step.kind === "loop") {
      const most = owner.record.loop?.maxParallel ?? this.#plan.plan.maxParallel;
      const open = new Set(
        this.#inFlight.flatMap(({ instance: { frame } }) =>
          frame.owner === owner ? [frame.iteration] : [],
        ),
      );
      assert.ok(open.size <= most, `${open.size} iterations of ${idOf(owner)} at a time`);
    }
  }

  #end(at: number): void {
    const [flight] = this.#inFlight.splice(at, 1);
    if (flight === undefined) {
      return;
    }
    const { instance, attempt, stopped } = flight;
    const { step } = instance.place;
    const behaviour = this.#random.behaviours.get(step.id);
    const ended = { attempt, startedAtMs: this.#nowMs, durationMs: 1 };
    const error = behaviour?.attempts[Math.min(attempt, behaviour.attempts.length) - 1];
    if (stopped !== undefined) {
      this.#append(cancelStep(instance, { ended, reason: stopped }));
    } else if (behaviour?.conditionHolds === false) {
      this.#append(skipStep(instance, this.#nowMs));
    } else if (error === undefined) {
      const given = { result: { inline: step.id } };
      this.#append(completeStep(instance, { ended, given }));
    } else {
      this.#append(failAttempt(this.#state, instance, { ended, error, jitter: this.#draw() }));
    }
  }

  #append(event: RunEvent): void {
    const recorded = decodeEvent(encodeEvent(event));
    assert.deepEqual(recorded, event, "an event is what it was before it was stored");
    this.log.push(event);
    apply(this.#state, { seq: this.log.length, atUs: this.#nowMs * 1000, event });
    this.#schedule?.recorded(event);
    const folded = this.#folded(this.log.length);
    assert.deepEqual(
      encodeSnapshot(this.#state),
      encodeSnapshot(folded),
      "the fold of the log is the state (I1)",
    );
    assert.deepEqual(
      encodeSnapshot(decodeSnapshot(this.#plan, encodeSnapshot(folded))),
      encodeSnapshot(folded),
      "a snapshot is the state",
    );
  }

  #commit(seq: number): void {
    this.#committed = seq;
    this.#schedule.committed(seq);
  }

  /** What is not committed is lost, and another executor takes the run up. */
  #crash(): void {
    this.log.length = this.#committed;
    this.#takeUp();
  }

  #takeUp(): void {
    this.#inFlight = [];
    this.#state = this.#folded(this.#committed);
    this.#schedule = new Schedule(this.#state);
  }

  /** Times of commits differ between folds, as they do between an estimate and the database; here they are the same. */
  #folded(upTo: number): RunState {
    const state = openRun(this.#plan);
    for (const [at, event] of this.log.slice(0, upTo).entries()) {
      apply(state, { seq: at + 1, atUs: (this.#times[at] ?? 0) * 1000, event });
    }
    return state;
  }

  get #times(): readonly number[] {
    this.#timeOf.length = Math.min(this.#timeOf.length, this.log.length);
    while (this.#timeOf.length < this.log.length) {
      this.#timeOf.push(this.#nowMs);
    }
    return this.#timeOf;
  }

  readonly #timeOf: number[] = [];
}

function isInside({ frame }: Instance, container: Instance): boolean {
  const { owner } = frame;
  return owner !== undefined && (owner === container || isInside(owner, container));
}

/** How often each instance settled. */
export function settlements(log: readonly RunEvent[]): Map<string, number> {
  const counts = new Map<string, number>();
  const skipped = new Set<string>();
  const count = (step: string): void => {
    counts.set(step, (counts.get(step) ?? 0) + 1);
  };
  for (const event of log) {
    if (event.kind === "loop_decided" && !event.verdict) {
      // Settles everything in the iteration.
      continue;
    }
    if (
      "step" in event &&
      ["step_completed", "step_failed", "step_skipped", "step_cancelled"].includes(event.kind)
    ) {
      count(event.step);
      for (const { step } of ("skips" in event ? event.skips : undefined) ?? []) {
        // Named again for a stronger reason: that settles nothing.
        if (!skipped.has(step)) {
          skipped.add(step);
          count(step);
        }
      }
    }
  }
  return counts;
}

/** What a run came to, without what depends on timing. */
export function outcomeOf(state: RunState): object {
  const { steps, status } = documentOf(state, {
    runId: RUN_ID,
    status: state.end?.status ?? "running",
  });
  return {
    status,
    steps: Object.values(steps).map(
      ({ id, status, success, skip_reason, error_code, attempts }) => ({
        id,
        status,
        success,
        skip_reason,
        error_code,
        attempts,
      }),
    ),
  };
}

/** Demands that nothing settled twice. */
export function checkSettledOnce({ log }: Simulation): void {
  for (const [id, times] of settlements(log)) {
    assert.equal(times, 1, `${id} settles ${times} times`);
  }
}
