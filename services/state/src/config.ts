import type { Settings } from "@orchestrator/service";

import type { ReplicaTimes } from "./replica.ts";

/** What a state service is told, beside how its process listens and logs. */
export type Config = ReplicaTimes & {
  /** For the process kit: ports, logs, traces. */
  readonly settings: Settings;
  readonly maxBlobBytes: number;
  /** Days that runs are kept after their end. */
  readonly retentionDays: number;
  /** The cell that new runs belong to. */
  readonly cell: number;
};

/** Picks from a process's settings what a state service needs. */
export function configFromSettings(settings: Settings): Config {
  return {
    settings,
    leaseMs: 10_000,
    graceMs: 1_000,
    sweepMs: 1_000,
    bindMs: 3_000,
    patienceMs: 2_000,
    drainMs: 1_000,
    maxBlobBytes: 1 << 30,
    retentionDays: settings.retention.finishedDays,
    cell: 0,
  };
}
