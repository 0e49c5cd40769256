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

import type { Answer, Failure } from "./call.ts";
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
      return (end) => endSpan(span, end);
    },
    callAnswered(answer) {
      countAnswer(metrics, answer);
      log.debug("model_answered", {
        provider: answer.provider,
        model: answer.model,
        input_tokens: answer.inputTokens,
        output_tokens: answer.outputTokens,
        latency_ms: answer.latencyMs,
        recorded: answer.recorded,
      });
    },
    callFailed({ code, httpStatus, inDoubt, message }: Failure) {
      metrics.modelRequests.inc({ provider: "", outcome: code.toLowerCase() });
      log.info("model_call_failed", { code, http_status: httpStatus, in_doubt: inDoubt, message });
    },
    ledgerFailed(error) {
      log.error("ledger_failed", { error });
    },
  };
}

const NANO = 1e-9;

/** A recorded answer was counted when it was paid. */
function countAnswer(metrics: Metrics, answer: Answer): void {
  const { provider, inputTokens, outputTokens, costNanoUsd, latencyMs, recorded } = answer;
  metrics.modelRequests.inc({ provider, outcome: recorded ? "recorded" : "answered" });
  if (recorded) return;
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
