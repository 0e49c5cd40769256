import type { TracingSettings } from "../settings/settings.ts";
import { StackContexts } from "./stack-contexts.ts";

/**
 * Starts the SDK that records spans and sends them off by OTLP.
 *
 * It is loaded here and nowhere else: without tracing it would cost every start its time and its memory.
 */
export async function openTracing(
  { otlpEndpoint, sampleRatio }: TracingSettings,
  { service, version }: { service: string; version: string },
): Promise<AsyncDisposable> {
  const [api, sdk, resources, otlp] = await Promise.all([
    import("@opentelemetry/api"),
    import("@opentelemetry/sdk-trace-node"),
    import("@opentelemetry/resources"),
    import("@opentelemetry/exporter-trace-otlp-proto"),
  ]);
  const exporter = new otlp.OTLPTraceExporter(
    otlpEndpoint === undefined ? {} : { url: `${otlpEndpoint.replace(/\/$/, "")}/v1/traces` },
  );
  const provider = new sdk.NodeTracerProvider({
    resource: resources
      .defaultResource()
      .merge(
        resources.resourceFromAttributes({ "service.name": service, "service.version": version }),
      ),
    // A caller's decision is respected; only new traces are drawn by lot.
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(sampleRatio) }),
    spanProcessors: [new sdk.BatchSpanProcessor(exporter)],
  });
  provider.register({ contextManager: new StackContexts() });
  return {
    async [Symbol.asyncDispose]() {
      // Spans that the collector does not take any more are lost; that is no reason to end badly.
      await provider.shutdown().catch(() => undefined);
      api.trace.disable();
      api.context.disable();
      api.propagation.disable();
    },
  };
}
