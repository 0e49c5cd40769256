import {
  type Command,
  decodeMessage,
  type Finish,
  modelUsageOf,
  type RunState,
  Schedule,
  SNAPSHOT_VERSION,
} from "@orchestrator/pipeline";

import { ContainerRunner } from "./container-runner.ts";
import { expireWait } from "./expire-wait.ts";
import { HeldWorkspace } from "./held-workspace.ts";
import { stateFromAssignment, stateFromLog } from "./load-run.ts";
import { Outbox } from "./outbox.ts";
import { patientStore } from "./patient-store.ts";
import { pause, retrying } from "./retrying.ts";
import type { AssignedRun, HeldRun, RunChannel, RunMessage, RunStore } from "./run-channel.ts";
import { RunClock } from "./run-clock.ts";
import type { RunDeps } from "./run-deps.ts";
import { runIdText } from "./run-id.ts";
import { type PendingSnapshot, RunLog } from "./run-log.ts";
import { type Evaluation, evaluated, evaluatedNow } from "./run-outputs.ts";
import { RunSecrets } from "./run-secrets.ts";
import { Spending } from "./spending.ts";
import { StepRunner, type StepRunnerDeps } from "./step-runner.ts";
import { StoredResults } from "./stored-results.ts";
import type { Underway } from "./underway.ts";
import { WakeTimer } from "./wake-timer.ts";
import { filesOf } from "./workspace/run-files.ts";

/** Events of one run that may be on their way: at the bound it starts nothing until some are committed. */
const MAX_UNCOMMITTED = 1_000;
/** A run that broke is kept for this long before it is given back, so that it does not go round in circles. */
const BROKEN_PAUSE_MS = 1_000;

/** A run while this executor holds it: folds its log, does what the schedule says, and appends what comes of it. */
export class Run implements HeldRun {
  readonly #deps: RunDeps;
  readonly #assigned: AssignedRun;
  readonly #channel: RunChannel;
  readonly #clock: RunClock;
  readonly #runId: string;
  readonly #store: RunStore;
  readonly #results: StoredResults;
  readonly #outbox: Outbox;
  readonly #workspace: HeldWorkspace;
  #isGone = false;
  /** Made when something waits: most runs never need it. */
  #gone: AbortController | undefined;
  #under: Underway | undefined;
  #containers: ContainerRunner | undefined;
  /** Messages that came before the fold was ready, or while an end or a suspension is on its way. */
  #messages: RunMessage[] = [];
  readonly #wake: WakeTimer;
  #isDriving = false;
  #isFinishing = false;
  #isDraining = false;
  #hasBroken = false;

  constructor(assigned: AssignedRun, { channel, deps }: { channel: RunChannel; deps: RunDeps }) {
    this.#assigned = assigned;
    this.#channel = channel;
    this.#deps = deps;
    this.#clock = new RunClock(deps.clock, assigned);
    this.#wake = new WakeTimer(this.#clock, { clock: deps.clock, wake: () => this.drive() });
    this.#runId = runIdText(assigned.runId);
    const troubled = (error: unknown): void =>
      deps.observer.troubled({ run: assigned, doing: "store", error });
    this.#store = patientStore(deps.store, { clock: deps.clock, troubled });
    this.#results = new StoredResults(this.#store, assigned.namespace);
    this.#workspace = new HeldWorkspace({
      run: assigned,
      workspaces: deps.workspaces,
      store: this.#store,
      files: () => (this.#under === undefined ? [] : filesOf(this.#under.state)),
    });
    this.#outbox = new Outbox(channel, {
      put: (payload) => this.#putPayload(payload),
      failed: (error) => this.#broke(error),
    });
  }

  get runningAttempts(): number {
    return this.#under?.runner.size ?? 0;
  }

  /** Begins; at once where everything is at hand. */
  begin(): void {
    try {
      const plan = this.#deps.plans.known(this.#assigned);
      const state = plan === undefined ? undefined : stateFromAssignment(this.#assigned, plan);
      if (state === undefined) {
        this.#load().catch((error: unknown) => this.#broke(error));
      } else {
        this.#goOn(state);
      }
    } catch (error) {
      this.#broke(error);
    }
  }

  committed(seq: number): void {
    const under = this.#under;
    if (under === undefined || this.#isGone) {
      return;
    }
    const snapshot = under.log.committed(seq);
    const { end, suspended } = under.state;
    if (under.log.uncommitted === 0 && (end !== undefined || suspended)) {
      this.#leaveCommitted(under);
      return;
    }
    if (snapshot !== undefined) {
      this.#putSnapshot(snapshot).catch((error: unknown) => this.#troubled("snapshot", error));
    }
    this.drive();
  }

  inboxAhead(): void {
    this.#under?.log.retract();
    this.#takeMessages();
    this.drive();
  }

  message(message: RunMessage): void {
    this.#messages.push(message);
    this.#takeMessages();
    this.drive();
  }

  lost(reason: string): void {
    this.#leave(reason);
  }

  /** Starts nothing more and gives the run back as soon as nothing is under way; `now` drops what runs. */
  drain({ now }: { now: boolean }): void {
    this.#isDraining = true;
    this.#under?.runner.drop({ onlyRepeatable: !now });
    this.#releaseIfIdle();
  }

  /** Does everything that can be done now. */
  drive(): void {
    if (this.#isDriving || this.#isGone) {
      return;
    }
    this.#isDriving = true;
    try {
      while (this.#turn());
    } catch (error) {
      this.#broke(error);
    } finally {
      this.#isDriving = false;
    }
    this.#releaseIfIdle();
  }

  /** Aborts when the run is held no longer. */
  get #signal(): AbortSignal {
    if (this.#gone === undefined) {
      this.#gone = new AbortController();
      if (this.#isGone) {
        this.#gone.abort(new Error("the run is no longer held here"));
      }
    }
    return this.#gone.signal;
  }

  async #load(): Promise<void> {
    const { clock, plans } = this.#deps;
    const signal = this.#signal;
    const troubled = (error: unknown): void => this.#troubled("load", error);
    const state = await retrying(
      async () => {
        const plan = plans.known(this.#assigned) ?? (await plans.load(this.#assigned, signal));
        return (
          stateFromAssignment(this.#assigned, plan) ??
          (await stateFromLog(this.#assigned, { plan, store: this.#deps.store }, signal))
        );
      },
      { clock, signal, troubled },
    );
    if (!this.#isGone) {
      this.#goOn(state);
    }
  }

  #goOn(state: RunState): void {
    const schedule = new Schedule(state);
    const nowUs = (): number => Math.round(this.#clock.nowMs() * 1000);
    const secrets = new RunSecrets(this.#assigned, {
      source: this.#deps.secrets,
      state,
      clock: this.#deps.clock,
      troubled: (error) => this.#troubled("secrets", error),
    });
    const log = new RunLog({ state, schedule, secrets, outbox: this.#outbox }, nowUs);
    const { clock, heavyWork, hostProcesses, mayStart, models, observer, programs, random, spans } =
      this.#deps;
    // One object of one shape, without spreading: this is made for every run.
    const deps: StepRunnerDeps = {
      heavyWork,
      results: this.#results,
      secrets,
      runId: this.#runId,
      nowMs: () => this.#clock.nowMs(),
      openRoots: async () => (await this.#workspace.open(this.#signal)).roots,
      openWorkspace: () => this.#workspace.open(this.#signal),
      run: this.#assigned,
      namespace: this.#assigned.namespace,
      runClock: this.#clock,
      changed: () => this.drive(),
      broke: (error) => this.#broke(error),
      clock,
      hostProcesses,
      log,
      mayStart,
      models,
      observer,
      programs,
      random,
      spans,
      unattended: state.unattended,
      spending: new Spending(state.loaded.plan.budget, () => modelUsageOf(state)),
      state,
    };
    const runner = new StepRunner(deps);
    this.#under = { state, schedule, log, runner, deps };
    this.#takeMessages();
    this.drive();
  }

  /** One round of commands; true when there is more to ask for. */
  #turn(): boolean {
    const under = this.#under;
    if (under === undefined || this.#isGone) {
      return false;
    }
    const commands = under.schedule.next({
      nowMs: this.#clock.nowMs(),
      mayStart:
        !this.#isDraining && under.log.uncommitted < MAX_UNCOMMITTED && this.#deps.fence.mayStart(),
      random: this.#deps.random,
    });
    let again = false;
    for (const command of commands) {
      again = this.#execute(command, under) || again;
    }
    return again;
  }

  /** True when the state has changed by it. */
  #execute(command: Command, under: Underway): boolean {
    const { log, runner } = under;
    switch (command.kind) {
      case "record":
        log.append(command.event);
        return true;
      case "start":
        runner.start(command.instance, command.attempt);
        return true;
      case "stop":
        runner.stop({ kind: "cancelled", reason: command.reason }, command);
        return false;
      case "open":
      case "decide":
      case "close":
        this.#containersOf(under).obey(command);
        return true;
      case "wake":
        this.#wake.at(command.atMs);
        return false;
      case "expire":
        expireWait(command.instance, { ...this.#assigned, store: this.#store }, this.#signal).catch(
          (error: unknown) => this.#broke(error),
        );
        return false;
      case "suspend": {
        const { wakeAfterMs } = command;
        const event = { kind: "run_suspended", wakeAfterMs } as const;
        log.append(event, { stateAfter: "suspended", wakeAfterMs });
        return false;
      }
      case "finish":
        if (!this.#isFinishing) {
          this.#isFinishing = true;
          this.#finish(command.finish).catch((error: unknown) => this.#broke(error));
        }
        return false;
    }
  }

  /** Most runs have no loops. */
  #containersOf({ deps, schedule }: Underway): ContainerRunner {
    this.#containers ??= new ContainerRunner({ ...deps, schedule, signal: () => this.#signal });
    return this.#containers;
  }

  /** Evaluates the outputs, and ends the run with them (L30, L31). */
  async #finish(finish: Finish): Promise<void> {
    const under = this.#under;
    if (under === undefined) {
      return;
    }
    const { state, log } = under;
    const { seq } = state;
    const { rendered, appended } =
      evaluatedNow(under) ?? (await evaluated(under, this.#evaluation(finish), this.#signal));
    this.#isFinishing = false;
    if (this.#isGone) {
      return;
    }
    if (state.seq !== seq + appended) {
      // A message came meanwhile, and may have changed how the run ends.
      this.drive();
      return;
    }
    const { outputs, error: outputError } = rendered;
    const failed = outputError !== undefined && finish.status === "completed";
    const status = failed ? "failed" : finish.status;
    const error = finish.error ?? (failed ? outputError : undefined);
    log.append(
      {
        kind: "run_finished",
        status,
        atMs: Math.floor(this.#clock.nowMs()),
        outputs,
        ...(error === undefined ? {} : { error }),
        ...(finish.unreached === undefined ? {} : { unreached: finish.unreached }),
      },
      { stateAfter: status },
    );
  }

  #evaluation({ status }: Finish): Evaluation {
    return {
      asks: status !== "cancelled",
      traceparent: this.#assigned.traceparent,
      isGone: () => this.#isGone,
      troubled: (error) => this.#troubled("outputs", error),
    };
  }

  /** Takes messages in, unless the run is about to end or suspend: that is refused if they matter (I6). */
  #takeMessages(): void {
    const under = this.#under;
    if (under === undefined || under.state.end !== undefined || under.state.suspended) {
      return;
    }
    for (const { inboxSeq, kind, payload } of this.#messages.splice(0)) {
      if (inboxSeq > under.state.inboxSeq) {
        const message = decodeMessage(kind, payload);
        under.log.append({ kind: "message_received", inboxSeq, message });
      }
    }
  }

  async #putPayload(payload: Uint8Array): Promise<Uint8Array> {
    const { namespace } = this.#assigned;
    const blob = { namespace, mediaType: "application/json", bytes: payload };
    const { sha256 } = await this.#store.putBlob(blob, this.#signal);
    return Uint8Array.from(Buffer.from(sha256, "hex"));
  }

  async #putSnapshot({ uptoSeq, fold }: PendingSnapshot): Promise<void> {
    const snapshot = { runId: this.#assigned.runId, uptoSeq, version: SNAPSHOT_VERSION, fold };
    await this.#deps.store.putSnapshot(snapshot, this.#signal);
  }

  #leaveCommitted({ state }: Underway): void {
    const { end } = state;
    if (end === undefined) {
      this.#leave("suspended");
      return;
    }
    const durationMs = end.atMs - (state.startedAtMs ?? end.atMs);
    this.#deps.observer.runEnded({ run: this.#assigned, status: end.status, durationMs });
    this.#leave(undefined);
  }

  /** Lets go of everything; attempts that still run are stopped, and nothing of them is recorded. */
  #leave(reason: string | undefined): void {
    if (this.#isGone) {
      return;
    }
    this.#isGone = true;
    this.#gone?.abort(new Error(reason ?? "the run has ended"));
    this.#wake.callOff();
    this.#outbox.clear();
    this.#under?.runner.drop();
    if (reason !== undefined) {
      this.#deps.observer.runLeft({ run: this.#assigned, reason });
    }
    const quiet = this.#under?.runner.quiet();
    const isClosed = quiet === undefined && !this.#workspace.isOpen;
    this.#deps.left(this, isClosed ? undefined : this.#close(quiet));
  }

  /** Never rejects. */
  async #close(quiet: Promise<void> | undefined): Promise<void> {
    try {
      await this.#workspace.close(quiet, this.#deps);
    } catch (error) {
      this.#deps.observer.troubled({ run: this.#assigned, doing: "close", error });
    }
  }

  #releaseIfIdle(): void {
    const under = this.#under;
    if (!this.#isDraining || this.#isGone) {
      return;
    }
    const isIdle =
      under === undefined ||
      (under.runner.size === 0 &&
        under.log.uncommitted === this.#outbox.abandoned &&
        this.#outbox.isEmpty);
    if (isIdle && this.#hasBroken) {
      this.#channel.giveUp();
      this.#leave("given up");
    } else if (isIdle) {
      this.#channel.release();
      this.#leave("released");
    }
  }

  /** What should not happen did: the run is given back, and quarantined if that goes on. */
  #broke(cause: unknown): void {
    if (this.#isGone) {
      return;
    }
    this.#hasBroken = true;
    this.#deps.observer.runBroke({ run: this.#assigned, error: cause });
    this.#under?.runner.drop();
    this.#giveBack().catch((stopped: unknown) => this.#troubled("give back", stopped));
  }

  async #giveBack(): Promise<void> {
    await pause(BROKEN_PAUSE_MS, { clock: this.#deps.clock, signal: this.#signal });
    this.drain({ now: true });
  }

  #troubled(doing: string, error: unknown): void {
    if (!this.#isGone) {
      this.#deps.observer.troubled({ run: this.#assigned, doing, error });
    }
  }
}
