import type { Settings } from "@orchestrator/service";

/** What a gateway is told, beside how its process listens and logs. */
export type Config = {
  /** For the process kit: ports, keys, limits, logs, traces. */
  readonly settings: Settings;
};

/** Picks from a process's settings what a gateway needs. */
export function configFromSettings(settings: Settings): Config {
  return { settings };
}
