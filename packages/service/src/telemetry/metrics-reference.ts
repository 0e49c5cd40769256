import { createMetrics } from "./metrics.ts";

/** The text of `docs/reference/metrics.md`, made from the metrics that every process has. */
export function metricsReference(): string {
  const rows = createMetrics().registry.getMetricsAsArray().map(rowOf);
  return `# Metrics

Generated from \`packages/service\` by \`npm run generate\`.

Every process serves these in Prometheus's text format at \`/metrics\` of its ops port, the gateway also on its own port.
A process counts what it does itself: runs and steps that ended stand with executors, runs under way, the queue, takeovers
and commits with state, model calls with registries, requests with everybody. Beside them are the usual metrics of a Node process (\`process_*\`, \`nodejs_*\`).

| name | type | labels | what it is |
|---|---|---|---|
${rows.join("\n")}
`;
}

function rowOf(metric: {
  readonly name: string;
  readonly help: string;
  readonly type: unknown;
}): string {
  const labels =
    "labelNames" in metric && Array.isArray(metric.labelNames) ? metric.labelNames : [];
  const shown = labels.map((label) => `\`${label}\``).join(", ");
  return `| \`${metric.name}\` | ${String(metric.type)} | ${shown} | ${metric.help} |`;
}
