import type { AttemptSpans } from "./attempt-spans.ts";
import type { Clock } from "./clock.ts";
import type { HeavyWork } from "./heavy-work.ts";
import type { Models } from "./models.ts";
import { Plans } from "./plans.ts";
import { ProgramGate } from "./program-gate.ts";
import type {
  AssignedRun,
  AttemptFence,
  HeldRun,
  RunChannel,
  RunHost,
  RunStore,
} from "./run-channel.ts";
import type { RunDeps } from "./run-deps.ts";
import type { RunObserver } from "./run-observer.ts";
import { Run } from "./run.ts";
import type { SecretSource } from "./secrets.ts";
import type { Workspaces } from "./workspaces.ts";

/** Everything that running runs takes from outside. */
export type RunHostDeps = {
  readonly store: RunStore;
  readonly fence: AttemptFence;
  readonly models: Models;
  readonly secrets: SecretSource;
  readonly workspaces: Workspaces;
  readonly heavyWork: HeavyWork;
  readonly spans: AttemptSpans;
  readonly observer: RunObserver;
  readonly clock: Clock;
  /** Between 0 and 1; spreads back-offs (L89). */
  readonly random: () => number;
  /** Whether tools may run programs of this host (`tools.host_processes`). */
  readonly hostProcesses: boolean;
};

/** What an executor says of its runs. */
export interface RunHostStatus {
  readonly heldRuns: number;
  readonly runningAttempts: number;
}

/** Creates what runs the runs of this executor. Disposing drains it: attempts get a while to end, then every run is given back. */
export function createRunHost(deps: RunHostDeps): RunHost & RunHostStatus & AsyncDisposable {
  return new Host(deps);
}

/** Programs of the host that run at once; a step that wants one more waits, and its attempt has not begun meanwhile (I10). */
const MAX_PROGRAMS = 64;
/** How long attempts that cannot simply be made again elsewhere may go on while the executor drains. */
const DRAIN_MS = 8_000;
/** How long a drain waits for commits after that; what is not committed then is taken over like a crash. */
const RELEASE_MS = 1_000;

class Host implements RunHost, RunHostStatus, AsyncDisposable {
  readonly #deps: RunHostDeps;
  readonly #runDeps: RunDeps;
  readonly #runs = new Set<Run>();
  /** What runs have opened and not closed yet. */
  readonly #closing = new Set<Promise<void>>();
  #fenced: (() => void)[] = [];
  #idle: (() => void) | undefined;
  #isDraining = false;

  constructor(deps: RunHostDeps) {
    this.#deps = deps;
    this.#runDeps = {
      ...deps,
      plans: new Plans(deps.store),
      programs: new ProgramGate(MAX_PROGRAMS),
      mayStart: () => this.#mayStart(),
      left: (run, closed) => this.#left(run, closed),
    };
    deps.fence.onOpen(() => this.#fenceOpened());
  }

  get heldRuns(): number {
    return this.#runs.size;
  }

  get runningAttempts(): number {
    let sum = 0;
    for (const { runningAttempts } of this.#runs) {
      sum += runningAttempts;
    }
    return sum;
  }

  take(assigned: AssignedRun, channel: RunChannel): HeldRun {
    const run = new Run(assigned, { channel, deps: this.#runDeps });
    this.#runs.add(run);
    if (this.#isDraining) {
      run.drain({ now: true });
    } else {
      run.begin();
    }
    return run;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDraining = true;
    await this.#drain({ now: false, waitMs: DRAIN_MS });
    await this.#drain({ now: true, waitMs: RELEASE_MS });
    for (const run of this.#runs) {
      run.lost("the executor stops");
    }
    await Promise.all(this.#closing);
  }

  /** Resolves when no run is held any more, or the time is over. */
  async #drain({ now, waitMs }: { now: boolean; waitMs: number }): Promise<void> {
    for (const run of this.#runs) {
      run.drain({ now });
    }
    if (this.#runs.size === 0) {
      return;
    }
    await new Promise<void>((resolve) => {
      const callOff = this.#deps.clock.after(waitMs, resolve);
      this.#idle = () => {
        callOff();
        resolve();
      };
    });
  }

  #left(run: Run, closed: Promise<void> | undefined): void {
    this.#runs.delete(run);
    if (closed !== undefined) {
      this.#closing.add(closed);
      this.#forget(closed).catch(() => {
        // See `#forget`.
      });
    }
    if (this.#runs.size === 0) {
      this.#idle?.();
    }
  }

  /** `closed` never rejects: what goes wrong with it is observed by the run. */
  async #forget(closed: Promise<void>): Promise<void> {
    await closed;
    this.#closing.delete(closed);
  }

  #mayStart(): Promise<void> | undefined {
    return this.#deps.fence.mayStart()
      ? undefined
      : new Promise((resolve) => {
          this.#fenced.push(resolve);
        });
  }

  #fenceOpened(): void {
    for (const resolve of this.#fenced.splice(0)) {
      resolve();
    }
    for (const run of this.#runs) {
      run.drive();
    }
  }
}
