import type { RunState, Schedule } from "@orchestrator/pipeline";

import type { RunLog } from "./run-log.ts";
import type { StepRunner, StepRunnerDeps } from "./step-runner.ts";

/** What there is of a run once its fold is ready. */
export type Underway = {
  readonly state: RunState;
  readonly schedule: Schedule;
  readonly log: RunLog;
  readonly runner: StepRunner;
  readonly deps: StepRunnerDeps;
};
