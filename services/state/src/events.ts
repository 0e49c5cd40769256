import type { Telemetry } from "@orchestrator/service";

import type { Entry } from "./append.ts";
import { runIdText } from "./run.ts";
import type { Queue } from "./sweep.ts";

/** What happens in the state service that operators look at. */
export interface StateEvents {
  batchCommitted(appends: number): void;
  appendFenced(): void;
  appendPoisoned(entry: Pick<Entry, "runId" | "fromSeq" | "toSeq">, cause: unknown): void;
  creationPoisoned(requestId: string, cause: unknown): void;
  storeUnavailable(cause: unknown): void;
  sessionOpened(session: { readonly sessionId: number; readonly executor: string }): void;
  sessionClosed(session: { readonly sessionId: number; readonly handedBack: number }): void;
  sessionDied(sessionId: number): void;
  runsTaken(runs: { readonly ready: number; readonly quarantined: number }): void;
  leasesGranted(reason: string): void;
  queueMeasured(queue: Queue): void;
  runsHeld(count: number): void;
  hintsLost(cause: unknown): void;
  /** What was past its time is gone. */
  retentionApplied(removed: { readonly runs: number; readonly blobs: number }): void;
}

/** The store is spoken of no more often than this while it is down. */
const QUIET_MS = 5_000;

/** Creates the events as logs and metrics. */
export function createEvents(
  { log, metrics }: Pick<Telemetry, "log" | "metrics">,
  { monotonicMs }: { monotonicMs: () => number },
): StateEvents {
  let spokenAtMs = Number.NEGATIVE_INFINITY;
  return {
    batchCommitted: (appends) => metrics.commitBatchSize.observe(appends),
    appendFenced: () => metrics.fencedAppends.inc(),
    appendPoisoned: ({ runId, fromSeq, toSeq }, error) =>
      log.error("append_poisoned", {
        run: runIdText(runId),
        from_seq: fromSeq,
        to_seq: toSeq,
        error,
      }),
    creationPoisoned: (requestId, error) =>
      log.error("creation_poisoned", { request: requestId, error }),
    storeUnavailable(error) {
      if (monotonicMs() - spokenAtMs >= QUIET_MS) {
        spokenAtMs = monotonicMs();
        log.warn("store_unavailable", { error });
      }
    },
    sessionOpened: ({ sessionId, executor }) =>
      log.info("session_opened", { session: sessionId, executor }),
    sessionClosed: ({ sessionId, handedBack }) =>
      log.info("session_closed", { session: sessionId, runs_handed_back: handedBack }),
    sessionDied: (sessionId) => log.warn("session_died", { session: sessionId }),
    runsTaken({ ready, quarantined }) {
      metrics.leaseTakeovers.inc(ready + quarantined);
      log.warn("runs_taken_over", { runs: ready, quarantined });
    },
    leasesGranted: (reason) => log.info("leases_granted", { reason }),
    queueMeasured({ depth, oldestSeconds }) {
      metrics.queueDepth.set(depth);
      metrics.queueOldest.set(oldestSeconds);
    },
    runsHeld: (count) => metrics.activePipelines.set(count),
    retentionApplied: (removed) => log.info("retention_applied", { ...removed }),
    hintsLost: (error) => log.debug("hints_lost", { error }),
  };
}
