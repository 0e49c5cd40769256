import {
  type Context,
  context as contexts,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import type { Log, Metrics } from "@orchestrator/service";

import { CHAT, GEN_AI } from "./gen-ai-names.ts";
import type { AttemptEnd, AttemptStart, CallObserver } from "./observer.ts";

/** Turns what calls do into spans, metrics and log events; prompts and answers stay out of all three. */
export function createEvents({
  log,
  metrics,
}: {
  readonly log: Log;
  readonly metrics: Metrics;
}): CallObserver {
  const tracer = trace.getTracer("orchestrator.registry");
  return {
    attemptStarted(start) {
      const span = tracer.startSpan(
        `${CHAT} ${start.model}`,
        { kind: SpanKind.CLIENT, attributes: attributesOf(start) },
        parentOf(start.traceparent),
      );
      return {
        traceparent: traceparentFor(span),
        ended(end) {
          countAttempt(metrics, start.provider, end);
          endSpan(span, end);
        },
      };
    },
    callAnswered({ provider, model, inputTokens, outputTokens, latencyMs, recorded }) {
      // What is not recorded was counted as an attempt.
      if (recorded) metrics.modelRequests.inc({ provider, outcome: "recorded" });
      const usage = { input_tokens: inputTokens, output_tokens: outputTokens };
      log.debug("model_answered", { provider, model, ...usage, latency_ms: latencyMs, recorded });
    },
    callFailed({ code, httpStatus, inDoubt, message }) {
      log.info("model_call_failed", { code, http_status: httpStatus, in_doubt: inDoubt, message });
    },
    ledgerFailed(error) {
      log.error("ledger_failed", { error });
    },
  };
}

const NANO = 1e-9;

/** Every attempt counts, also one whose answer another process's has replaced: it is paid. */
function countAttempt(metrics: Metrics, provider: string, end: AttemptEnd): void {
  if (end.kind === "error") {
    metrics.modelRequests.inc({ provider, outcome: end.class });
    return;
  }
  const { inputTokens, outputTokens, costNanoUsd, latencyMs } = end.answer;
  metrics.modelRequests.inc({ provider, outcome: "answered" });
  metrics.modelTokens.inc({ provider, direction: "input" }, inputTokens);
  metrics.modelTokens.inc({ provider, direction: "output" }, outputTokens);
  metrics.modelCost.inc({ provider }, (costNanoUsd ?? 0) * NANO);
  metrics.modelLatency.observe({ provider }, latencyMs / 1_000);
}

function attributesOf({ provider, model, maxTokens, temperature }: AttemptStart) {
  return {
    [GEN_AI.operation]: CHAT,
    [GEN_AI.provider]: provider,
    [GEN_AI.requestModel]: model,
    ...(maxTokens > 0 ? { [GEN_AI.requestMaxTokens]: maxTokens } : {}),
    ...(temperature === undefined ? {} : { [GEN_AI.requestTemperature]: temperature }),
  };
}

/** The step's span, which another process keeps. */
function parentOf(traceparent: string): Context {
  return traceparent === ""
    ? contexts.active()
    : propagation.extract(contexts.active(), { traceparent });
}

/** What the provider is told of the trace; empty where nothing is traced. */
function traceparentFor(span: Span): string {
  const carrier: { traceparent?: string } = {};
  propagation.inject(trace.setSpan(contexts.active(), span), carrier);
  return carrier.traceparent ?? "";
}

function endSpan(span: Span, end: AttemptEnd): void {
  if (end.kind === "answer") {
    span.setAttributes({
      [GEN_AI.inputTokens]: end.answer.inputTokens,
      [GEN_AI.outputTokens]: end.answer.outputTokens,
      [GEN_AI.finishReasons]: [end.answer.finishReason],
    });
  } else {
    span.setStatus({ code: SpanStatusCode.ERROR, message: end.class });
    span.setAttribute(GEN_AI.errorType, end.class);
    if (end.httpStatus !== undefined) span.setAttribute(GEN_AI.httpStatus, end.httpStatus);
  }
  span.end();
}
