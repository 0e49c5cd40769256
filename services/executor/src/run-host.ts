import type { AttemptSpans } from "./attempt-spans.ts";
import type { Clock } from "./clock.ts";
import type { HeavyWork } from "./heavy-work.ts";
import type { Models } from "./models.ts";
import type { AttemptFence, RunHost, RunStore } from "./run-channel.ts";
import type { RunObserver } from "./run-observer.ts";
import type { Workspaces } from "./workspaces.ts";

/** Everything that running runs takes from outside. */
export type RunHostDeps = {
  readonly store: RunStore;
  readonly fence: AttemptFence;
  readonly models: Models;
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
export declare function createRunHost(deps: RunHostDeps): RunHost & RunHostStatus & AsyncDisposable;
