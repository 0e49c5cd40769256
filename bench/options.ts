/** What to measure, and how. */
export type BenchOptions = {
  /** Names of cases; all of them when there is none. */
  readonly cases: readonly string[];
  readonly profile: string | undefined;
  readonly inFlight: readonly number[] | undefined;
  /** Where each process leaves a CPU profile when it ends. */
  readonly cpuProfileFolder: string | undefined;
};
