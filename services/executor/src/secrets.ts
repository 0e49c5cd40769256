import type { AssignedRun } from "./run-channel.ts";

/** Values of secrets, as whoever holds a run is given them (L163). */
export type RevealedSecrets = {
  /** By name; those that do not exist are left out. */
  readonly values: Readonly<Record<string, string>>;
  /** Names of those that exist and cannot be read. */
  readonly unreadable: readonly string[];
};

/** Where values come from that steps read by name. */
export interface SecretSource {
  /** Secrets of the run's namespace. */
  reveal(run: AssignedRun, names: readonly string[], signal: AbortSignal): Promise<RevealedSecrets>;
  /** A variable of the environment that the deployment allows; `undefined` for all others. */
  variable(name: string): string | undefined;
}
