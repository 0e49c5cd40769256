import type { Settings } from "../settings/settings.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";

/** What a process says of itself; one for all services that share a process. Disposing flushes it. */
export type Telemetry = AsyncDisposable & {
  readonly log: Log;
  readonly metrics: Metrics;
};
export declare function openTelemetry(
  settings: Settings,
  options: { service: string },
): Promise<Telemetry>;
