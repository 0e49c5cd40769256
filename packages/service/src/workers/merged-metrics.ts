import { AggregatorRegistry, type PrometheusContentType } from "prom-client";

/** Adds the metrics of several processes, each as `Registry.getMetricsAsJSON` gives them, into one text. */
export async function mergedText(parts: readonly object[]): Promise<string> {
  return merged(parts).metrics();
}

/**
 * Adds to what is kept of processes that are gone, so that no counter ever goes back: what they counted stays, what
 * they measured of themselves does not.
 */
export async function withCountsOf(kept: object, gone: object): Promise<object> {
  const counts = Object.values(gone).filter(
    (metric: unknown) =>
      typeof metric === "object" &&
      metric !== null &&
      "type" in metric &&
      (metric.type === "counter" || metric.type === "histogram"),
  );
  return merged([kept, counts]).getMetricsAsJSON();
}

function merged(parts: readonly object[]) {
  return AggregatorRegistry.aggregate<PrometheusContentType>([...parts]);
}
