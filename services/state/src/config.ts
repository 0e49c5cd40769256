import type { Settings } from "@orchestrator/service";

/** What a state service is told, beside how its process listens and logs. */
export type Config = {
  /** For the process kit: ports, logs, traces. */
  readonly settings: Settings;
  /** How long a session lives after each heartbeat. */
  readonly leaseMs: number;
  /** How long a session lives once its stream of heartbeats has ended. */
  readonly graceMs: number;
  /** How often a replica looks for what is due. */
  readonly sweepMs: number;
  /** How long an assignment may wait until it is taken up. */
  readonly bindMs: number;
  /** How long commits are tried again while the database cannot be reached. */
  readonly patienceMs: number;
  /** How long executors are given to move their runs elsewhere when this replica ends. */
  readonly drainMs: number;
  readonly maxBlobBytes: number;
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
    cell: 0,
  };
}
