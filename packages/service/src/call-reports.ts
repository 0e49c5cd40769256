import { Code } from "@connectrpc/connect";
import type { CallReport } from "@orchestrator/rpc";
import { codeName } from "@orchestrator/rpc-node";

import type { Telemetry } from "./telemetry/telemetry.ts";

/** Failures that say something of this service, not of its caller. */
const NOTABLE: ReadonlySet<Code | undefined> = new Set([
  Code.Unavailable,
  Code.ResourceExhausted,
  Code.DataLoss,
]);

/**
 * Counts every call that ended, and logs it: a bug as an error, what an operator should know as a warning. What services read
 * of each other without trouble is not logged: they look every few seconds whether the others are there.
 */
export function callReports({ log, metrics }: Telemetry): (call: CallReport) => void {
  return ({ method, isInternalRead, requestId, code, durationMs, trace, bug }) => {
    metrics.requests.inc({ method, code: codeName(code) });
    metrics.requestDuration.observe({ method }, durationMs / 1_000);
    const fields = {
      method,
      code: codeName(code),
      duration_ms: durationMs,
      request_id: requestId,
      ...(trace === undefined ? {} : { trace_id: trace.traceId, span_id: trace.spanId }),
    };
    if (code === Code.Internal) {
      log.error("call_failed", { ...fields, error: bug });
    } else if (NOTABLE.has(code)) {
      log.warn("call_refused", fields);
    } else if (!isInternalRead || code !== undefined) {
      log.debug("call_ended", fields);
    }
  };
}
