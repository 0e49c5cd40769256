import type { Lookup, SettingsReader } from "./settings-reader.ts";
import type { MonitoringSettings, TracingSettings } from "./settings.ts";

const JAEGER_THRIFT_PORT = "14268";
const OTLP_HTTP_PORT = "4318";

/** Reads `monitoring`. */
export function readMonitoring(read: SettingsReader): MonitoringSettings {
  return {
    metrics: {
      enabled: read.boolean("monitoring.metrics.enabled", true, {
        about: "Whether metrics are served, in Prometheus's text format.",
      }),
      endpoint: readPath(read, "monitoring.metrics.endpoint", {
        fallback: "/metrics",
        about: "Path of the metrics, on the ops port and on the gateway's.",
      }),
    },
    healthChecks: {
      enabled: read.boolean("monitoring.health_checks.enabled", true, {
        about: "Whether the path below is served; `/ready` always is.",
      }),
      endpoint: readPath(read, "monitoring.health_checks.endpoint", {
        fallback: "/health",
        about: "Path that says whether the process lives, and how its components are.",
      }),
    },
    tracing: readTracing(read),
  };
}

function readPath(
  read: SettingsReader,
  key: string,
  { fallback, about }: { fallback: string; about: string },
): string {
  const path = read.text(key, fallback, { about });
  if (!/^\/[\w./-]*$/.test(path)) {
    read.problems.push(`${key} must be a path such as ${fallback}, got "${path}"`);
  }
  return path;
}

function readTracing(read: SettingsReader): TracingSettings {
  const jaeger = readUrl(read, "monitoring.tracing.jaeger_endpoint", {
    about: "A Jaeger; its retired Thrift port 14268 is read as 4318, where it takes OTLP.",
  });
  const otlp = readUrl(read, "monitoring.tracing.otlp_endpoint", {
    about: "Base URL of an OTLP/HTTP receiver; goes before jaeger_endpoint.",
    defaultText: "what `OTEL_EXPORTER_OTLP_*` says",
  });
  return {
    enabled: read.boolean("monitoring.tracing.enabled", false, {
      about: "Whether spans are recorded and exported.",
    }),
    otlpEndpoint: otlp ?? otlpOfJaeger(read, jaeger),
    sampleRatio: read.number("monitoring.tracing.sample_ratio", 1, {
      about: "Share of new traces that is kept; a caller's decision is respected.",
      min: 0,
      max: 1,
    }),
  };
}

function readUrl(read: SettingsReader, key: string, lookup: Lookup): string | undefined {
  const url = read.text(key, undefined, lookup);
  if (url !== undefined && !URL.canParse(url)) {
    read.problems.push(`${key} must be a URL, got "${url}"`);
    return undefined;
  }
  return url;
}

/** Jaeger took spans in Thrift on 14268 once; now it takes OTLP, on a port of its own. */
function otlpOfJaeger(read: SettingsReader, endpoint: string | undefined): string | undefined {
  if (endpoint === undefined) {
    return undefined;
  }
  const url = new URL(endpoint);
  if (url.port === JAEGER_THRIFT_PORT) {
    url.port = OTLP_HTTP_PORT;
    url.pathname = "/";
    read.warnings.push(
      `monitoring.tracing.jaeger_endpoint names port ${JAEGER_THRIFT_PORT}, which Jaeger has retired; ` +
        `spans go to ${url.origin} by OTLP. Set monitoring.tracing.otlp_endpoint instead`,
    );
  }
  return url.origin;
}
