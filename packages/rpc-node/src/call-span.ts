// Spans of calls, with the names of OpenTelemetry's conventions for RPC (stable since 1.45).
import { Code, type StreamRequest, type UnaryRequest } from "@connectrpc/connect";
import {
  context,
  type Context,
  createTraceState,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
} from "@opentelemetry/api";
import { fullNameOf, type TraceContext } from "@orchestrator/rpc";

import { codeName } from "./code-name.ts";
import { scopeOf } from "./span-scope.ts";

/** The span of one call. */
export type CallSpan = {
  /** What an onward call continues; undefined when nothing is traced. */
  readonly trace: TraceContext | undefined;
  /** What onward calls are children of; undefined when nobody will see the span. */
  readonly scope: Context | undefined;
  /** `undefined` is OK. */
  end(code: Code | undefined): void;
};

const INSTRUMENTATION = "@orchestrator/rpc-node";
/** Codes that are a server's own fault; for a client every failure is one. */
const SERVER_FAULTS: ReadonlySet<Code> = new Set([
  Code.Unknown,
  Code.DeadlineExceeded,
  Code.Unimplemented,
  Code.Internal,
  Code.Unavailable,
  Code.DataLoss,
]);

/** Start the span of a call that came in, as a child of the caller's. */
export function openServerSpan(
  request: UnaryRequest | StreamRequest,
  incoming: TraceContext | undefined,
): CallSpan {
  const parent =
    incoming === undefined
      ? ROOT_CONTEXT
      : trace.setSpanContext(ROOT_CONTEXT, {
          traceId: incoming.traceId,
          spanId: incoming.spanId,
          traceFlags: incoming.sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
          isRemote: true,
          ...(incoming.state === undefined ? {} : { traceState: createTraceState(incoming.state) }),
        });
  const span = startSpan(request, { kind: SpanKind.SERVER, parent, attributes: {} });
  return callSpan(span, { parent, faults: (code) => SERVER_FAULTS.has(code) });
}

/** Start the span of a call that goes out, as a child of the call that it is made for; undefined where there is none. */
export function openClientSpan(request: UnaryRequest | StreamRequest): CallSpan | undefined {
  const parent = scopeOf(request.signal) ?? context.active();
  if (trace.getSpan(parent) === undefined) {
    return undefined;
  }
  const { hostname, port } = addressOf(request.url);
  const attributes = {
    ...(hostname === "" ? {} : { "server.address": hostname }),
    ...(port === "" ? {} : { "server.port": Number(port) }),
  };
  const span = startSpan(request, { kind: SpanKind.CLIENT, parent, attributes });
  return callSpan(span, { parent, faults: () => true });
}

function startSpan(
  request: UnaryRequest | StreamRequest,
  { kind, parent, attributes }: { kind: SpanKind; parent: Context; attributes: Attributes },
): Span {
  const method = fullNameOf(request.method);
  return trace.getTracer(INSTRUMENTATION).startSpan(
    method,
    {
      kind,
      attributes: { "rpc.system.name": systemOf(request), "rpc.method": method, ...attributes },
    },
    parent,
  );
}

type Attributes = Readonly<Record<string, string | number>>;

function callSpan(
  span: Span,
  { parent, faults }: { parent: Context; faults: (code: Code) => boolean },
): CallSpan {
  const { traceId, spanId, traceFlags, traceState } = span.spanContext();
  const state = traceState?.serialize();
  const valid = isSpanContextValid(span.spanContext());
  return {
    trace: valid
      ? {
          traceId,
          spanId,
          sampled: (traceFlags & TraceFlags.SAMPLED) !== 0,
          ...(state === undefined ? {} : { state }),
        }
      : undefined,
    scope: span.isRecording() ? trace.setSpan(parent, span) : undefined,
    end(code) {
      span.setAttribute("rpc.response.status_code", codeName(code));
      if (code !== undefined && faults(code)) {
        span.setAttribute("error.type", codeName(code));
        span.setStatus({ code: SpanStatusCode.ERROR });
      }
      span.end();
    },
  };
}

function systemOf({ header, requestMethod }: UnaryRequest | StreamRequest): string {
  const contentType = header.get("content-type") ?? "application/grpc";
  return requestMethod === "POST" && contentType.startsWith("application/grpc")
    ? "grpc"
    : "connectrpc";
}

function addressOf(url: string): { hostname: string; port: string } {
  const target = /^https?:\/\/(?:[a-z]+:\/*)?(\[[^\]]+\]|[^:/]+)(?::(\d+))?/.exec(url);
  return { hostname: target?.[1] ?? "", port: target?.[2] ?? "" };
}
