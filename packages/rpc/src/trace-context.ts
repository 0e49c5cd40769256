/** A place in a trace, as W3C Trace Context names it. */
export type TraceContext = {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly spanId: string;
  readonly sampled: boolean;
  /** `tracestate`, as it came. */
  readonly state?: string;
};

/** Of version 00 exactly these four fields; later versions may add to them; ids are not all zeros. */
const TRACEPARENT =
  /^(?!ff|00-.{53})[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(?:$|-)/;
const MAX_STATE_LENGTH = 512;

/** Reads `traceparent` and `tracestate`; what is malformed counts as absent, as the standard asks. */
export function traceContextFrom(headers: Pick<Headers, "get">): TraceContext | undefined {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(headers.get("traceparent") ?? "") ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) {
    return undefined;
  }
  const sampled = (Number.parseInt(flags, 16) & 1) === 1;
  const state = headers.get("tracestate") ?? "";
  return state === "" || state.length > MAX_STATE_LENGTH
    ? { traceId, spanId, sampled }
    : { traceId, spanId, sampled, state };
}

/** The value of `traceparent` for what happens next; also how a run stores where it came from. */
export function traceparentOf({ traceId, spanId, sampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${sampled ? "01" : "00"}`;
}

/** Write a trace context into the headers of an onward call. */
export function setTraceHeaders(headers: Headers, trace: TraceContext): void {
  headers.set("traceparent", traceparentOf(trace));
  if (trace.state !== undefined) {
    headers.set("tracestate", trace.state);
  }
}
