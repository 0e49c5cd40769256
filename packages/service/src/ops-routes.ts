import { type EdgeResponse, type EdgeRoutes, sendJson } from "@orchestrator/rpc-node";

import type { HealthState } from "./health/health-state.ts";
import type { MonitoringSettings } from "./settings/settings.ts";

/** Metrics in Prometheus's text format. */
export type Exposition = { readonly contentType: string; readonly text: () => Promise<string> };

export type OpsOptions = {
  readonly health: HealthState;
  readonly metrics: Exposition;
  readonly monitoring: MonitoringSettings;
  readonly version: string;
  readonly now: () => Date;
};

/** What operators and probes read: `/health` says that the process lives, `/ready` whether to send it work. */
export function opsRoutes({ health, metrics, monitoring, version, now }: OpsOptions): EdgeRoutes {
  const report = (response: EdgeResponse, status: number, word: string): void => {
    response.setHeader("cache-control", "no-store");
    const timestamp = now().toISOString();
    const components = Object.fromEntries(health.components);
    sendJson(response, status, { status: word, timestamp, version, components });
  };
  const { healthChecks, metrics: exposition } = monitoring;
  return [
    ...routeIf(healthChecks.enabled, healthChecks.endpoint, (response) =>
      report(response, 200, health.condition),
    ),
    ...routeIf(true, "/ready", (response) =>
      health.isServing
        ? report(response, 200, health.condition)
        : report(response, 503, "unhealthy"),
    ),
    ...routeIf(exposition.enabled, exposition.endpoint, async (response) => {
      const text = await metrics.text();
      response.setHeader("content-type", metrics.contentType);
      response.end(text);
    }),
  ];
}

function routeIf(
  enabled: boolean,
  path: string,
  answer: (response: EdgeResponse) => void | Promise<void>,
): EdgeRoutes {
  return enabled ? [{ path, open: true, handle: (_, response) => answer(response) }] : [];
}
