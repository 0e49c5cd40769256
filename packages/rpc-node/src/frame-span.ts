import type { DescMethod } from "@bufbuild/protobuf";
import {
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
} from "@opentelemetry/api";
import { fullNameOf, traceContextFrom, traceparentOf } from "@orchestrator/rpc";

/** The span of one request that travelled in a frame of a stream, beside others of other traces. */
export type FrameSpan = {
  /** W3C trace context for what follows from the request. */
  readonly traceparent: string;
  /** `error` names what went wrong; undefined is success. */
  end(error?: string): void;
};

/**
 * Start the server's span of a request that came in a frame, as a child of the trace context that it carries.
 *
 * Undefined where the caller's trace is not recorded: then there is nothing to add to it.
 */
export function openFrameSpan(method: DescMethod, traceparent: string): FrameSpan | undefined {
  const caller = traceContextFrom({ get: (name) => (name === "traceparent" ? traceparent : null) });
  if (caller?.sampled !== true) {
    return undefined;
  }
  const { traceId, spanId } = caller;
  const parent = trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
  });
  const name = fullNameOf(method);
  const span = trace
    .getTracer("@orchestrator/rpc-node")
    .startSpan(
      name,
      { kind: SpanKind.SERVER, attributes: { "rpc.system.name": "grpc", "rpc.method": name } },
      parent,
    );
  return { traceparent: traceparentFor(span), end: (error) => endSpan(span, error) };
}

function traceparentFor(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return traceparentOf({ traceId, spanId, sampled: (traceFlags & TraceFlags.SAMPLED) !== 0 });
}

function endSpan(span: Span, error: string | undefined): void {
  if (error !== undefined) {
    span.setAttribute("error.type", error);
    span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end();
}
