import type { Plans } from "./plans.ts";
import type { ProgramGate } from "./program-gate.ts";
import type { RunHostDeps } from "./run-host.ts";
import type { Run } from "./run.ts";

/** What a held run is given beside the executor's own things. */
export type RunDeps = RunHostDeps & {
  readonly plans: Plans;
  readonly programs: ProgramGate;
  /** Resolves when attempts may start. */
  readonly mayStart: () => Promise<void> | undefined;
  /** The run is no longer held; what it has opened, if anything, is closed when this is settled. */
  readonly left: (run: Run, closed: Promise<void> | undefined) => void;
};
