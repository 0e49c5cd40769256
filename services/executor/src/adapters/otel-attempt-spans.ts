import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";

import type { AttemptSpan, AttemptSpans } from "../attempt-spans.ts";

/** Last field of a W3C traceparent of a trace that is recorded. */
const SAMPLED = /-[0-9a-f]{1}[13579bdf]$/;

/** Opens spans for attempts under the run's trace. */
export function createAttemptSpans(): AttemptSpans {
  const tracer = trace.getTracer("@orchestrator/executor");
  return {
    start({ traceparent, runId, step, tool, operation, attempt, labels = {} }) {
      if (!SAMPLED.test(traceparent)) {
        return undefined;
      }
      const parent = propagation.extract(ROOT_CONTEXT, { traceparent });
      const name = tool === null ? operation : `${tool}/${operation}`;
      const span = tracer.startSpan(
        `step ${name}`,
        {
          kind: SpanKind.INTERNAL,
          attributes: {
            "orchestrator.run.id": runId,
            "orchestrator.step.id": step,
            "orchestrator.step.attempt": attempt,
            ...labelAttributes(labels),
          },
        },
        parent,
      );
      const carrier: { traceparent?: string } = {};
      propagation.inject(trace.setSpan(context.active(), span), carrier);
      return {
        traceparent: carrier.traceparent ?? traceparent,
        end({ code, message }) {
          if (code !== undefined) {
            span.setAttribute("error.type", code);
            span.setStatus({
              code: SpanStatusCode.ERROR,
              ...(message === undefined ? {} : { message }),
            });
          }
          span.end();
        },
      } satisfies AttemptSpan;
    },
  };
}

/** L162. */
function labelAttributes(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels).map(([name, value]) => [`orchestrator.step.label.${name}`, value]),
  );
}
