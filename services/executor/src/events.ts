import type { Telemetry } from "@orchestrator/service";

import { runIdText } from "./run-id.ts";
import type { EndedAttempt, RunObserver } from "./run-observer.ts";
import type { SessionEvents } from "./session/session-events.ts";

/** Turns what happens to runs and to this executor's session into log events and metrics. */
export function createEvents({
  log,
  metrics,
}: Pick<Telemetry, "log" | "metrics">): SessionEvents & RunObserver {
  return {
    sessionOpened: ({ sessionId, leaseMs }) =>
      log.info("session_opened", { session: String(sessionId), lease_ms: leaseMs }),
    sessionLost: ({ sessionId, heldRuns }) =>
      log.error("session_lost", { session: String(sessionId), held_runs: heldRuns }),
    stateUnreachable: ({ endpoint, error }) => log.warn("state_unreachable", { endpoint, error }),
    attemptEnded(attempt) {
      const kind = kindOf(attempt);
      metrics.steps.inc({ status: attempt.outcome, kind });
      metrics.stepDuration.observe({ kind }, attempt.durationMs / 1_000);
    },
    runEnded({ run, status, durationMs }) {
      metrics.runs.inc({ status });
      log.debug("run_ended", { run: runIdText(run.runId), status, duration_ms: durationMs });
    },
    runLeft: ({ run, reason }) =>
      log.info("run_left", { run: runIdText(run.runId), epoch: run.epoch, reason }),
    runBroke: ({ run, error }) => log.error("run_broke", { run: runIdText(run.runId), error }),
    troubled: ({ run, doing, error }) =>
      log.warn("run_troubled", { run: runIdText(run.runId), doing, error }),
  };
}

/** A closed set: the tools of the catalogue, and actions by their operation. */
function kindOf({ tool, operation }: EndedAttempt): string {
  return tool ?? operation;
}
