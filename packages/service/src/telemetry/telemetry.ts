import cluster from "node:cluster";

import { collectDefaultMetrics } from "prom-client";

import { installedVersion } from "../installation.ts";
import { Secret } from "../settings/secret.ts";
import type { Settings } from "../settings/settings.ts";
import type { Log } from "./log.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { openPinoLog } from "./pino-log.ts";
import { openTracing } from "./tracing.ts";

/** What a process says of itself; one for all services that share a process. Disposing flushes it. */
export type Telemetry = AsyncDisposable & {
  readonly log: Log;
  readonly metrics: Metrics;
};

export type TelemetryOptions = {
  /** As traces and logs call it: `orchestrator-state`. */
  readonly service: string;
};

/** Node's clock for the delay of its event loop would wake an idle process a hundred times a second. */
const LOOP_DELAY_PRECISION_MS = 100;
/** Shorter values are too likely to be something else. */
const MIN_SECRET_LENGTH = 6;

/** Opens log, metrics and, where the settings want it, tracing, and says what is odd about the settings. */
export async function openTelemetry(
  settings: Settings,
  { service }: TelemetryOptions,
): Promise<Telemetry> {
  const version = installedVersion();
  const { worker } = cluster;
  const opened = await openPinoLog(settings.logging, {
    fields: { service, version, ...(worker === undefined ? {} : { worker: worker.id }) },
    secrets: secretsIn(settings).filter((value) => value.length >= MIN_SECRET_LENGTH),
  });
  const { tracing } = settings.monitoring;
  const traces = tracing.enabled ? await openTracing(tracing, { service, version }) : undefined;
  const metrics = createMetrics();
  collectDefaultMetrics({
    register: metrics.registry,
    eventLoopMonitoringPrecision: LOOP_DELAY_PRECISION_MS,
  });
  for (const warning of settings.warnings) {
    opened.log.warn("setting_odd", { warning });
  }
  return {
    log: opened.log,
    metrics,
    async [Symbol.asyncDispose]() {
      await traces?.[Symbol.asyncDispose]();
      opened[Symbol.dispose]();
    },
  };
}

function secretsIn(value: unknown): string[] {
  if (value instanceof Secret) {
    return [value.reveal()];
  }
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(secretsIn) : [];
}
