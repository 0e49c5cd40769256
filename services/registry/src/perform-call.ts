import { type Answer, failure, type Failure, type ModelCall, type Outcome } from "./call.ts";
import { costNanoUsd } from "./cost.ts";
import type { Begun, IntentRef, Ledger, Settlement } from "./ledger.ts";
import { LIMITS } from "./limits.ts";
import { fullName, type Model } from "./model.ts";
import type { CallObserver } from "./observer.ts";
import type { ProviderGates } from "./provider-gates.ts";
import type { ProviderAnswer, ProviderError } from "./provider.ts";
import { afterError, codeOf } from "./retry-policy.ts";
import type { Candidate, Selection } from "./selection.ts";
import { estimatePrompt, tokensOfText } from "./tokens.ts";
import { answerByProtocol, hasTools, promptByProtocol } from "./tool-protocol.ts";

export type PerformDeps = {
  readonly ledger: Ledger;
  readonly providers: ProviderGates;
  readonly choose: (choice: ModelCall["choice"], signal: AbortSignal) => Promise<Selection>;
  readonly observer: CallObserver;
  readonly maxAttempts: number;
  readonly nowMs: () => number;
  readonly random: () => number;
  /** Resolves after the time, or rejects with the signal's reason. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
};

/** A call under way, as the one who performs it sees it. */
export type Performance = {
  readonly call: ModelCall;
  /** Aborted with `"timeout"` or `"cancelled"`. */
  readonly signal: AbortSignal;
  readonly remainingMs: () => number;
  readonly onText: (text: string) => void;
  /** Forgets the parts of an attempt that failed. */
  readonly restart: () => void;
  readonly wasShown: () => boolean;
};

/**
 * Performs one logical call: chooses, records the intent, calls, repeats by error class, records the answer.
 *
 * Whatever may have been paid is in the ledger before it can be paid, and an answer is recorded before it is returned (I11).
 */
export async function performCall(deps: PerformDeps, performance: Performance): Promise<Outcome> {
  const { call, signal } = performance;
  try {
    const selection = await deps.choose(call.choice, signal);
    if (selection.kind === "none") {
      const recorded = await deps.ledger.find(call);
      return recorded ?? failure(selection.code, selection.message);
    }
    return await new Tries(deps, performance).run(selection.candidates);
  } catch (error) {
    if (signal.aborted) return abortedFailure(signal, call);
    deps.observer.ledgerFailed(error);
    return failure("NETWORK", "the registry's ledger cannot be reached; nothing was called", {
      retryAfterMs: LEDGER_RETRY_MS,
    });
  }
}

const SHORT_PATIENCE_MS = 10_000;
const LEDGER_RETRY_MS = 1_000;
/** How often a call that another process makes is looked at. */
const BUSY_FIRST_MS = 25;
const BUSY_MOST_MS = 500;
const SETTLE_RETRY_MS = 200;

/** What a try leads to: an outcome of the call, or another try of one of the candidates. */
type Step =
  | { readonly kind: "outcome"; readonly outcome: Outcome }
  | { readonly kind: "try"; readonly candidate: number; readonly ordinal: number | undefined };

/** The tries of one call. */
class Tries {
  readonly #deps: PerformDeps;
  readonly #performance: Performance;
  #attempts = 0;
  /** Why candidates before the present one did not answer. */
  readonly #passed: string[] = [];

  constructor(deps: PerformDeps, performance: Performance) {
    this.#deps = deps;
    this.#performance = performance;
  }

  async run(candidates: readonly [Candidate, ...Candidate[]]): Promise<Outcome> {
    let step: Step = { kind: "try", candidate: 0, ordinal: undefined };
    while (step.kind === "try") {
      const candidate: Candidate = candidates[step.candidate] ?? candidates[0];
      const { call } = this.#performance;
      const unfit = contextFailure(candidate.model, call) ?? budgetFailure(candidate.model, call);
      const hasOther = step.candidate + 1 < candidates.length;
      if (unfit !== undefined && hasOther) {
        this.#passed.push(`${fullName(candidate.model)}: ${unfit.code}`);
        step = { kind: "try", candidate: step.candidate + 1, ordinal: step.ordinal };
      } else if (unfit !== undefined) {
        step = await this.#give(unfit, step.ordinal);
      } else {
        step = await this.#try(candidate, step, candidates.length - step.candidate - 1);
      }
    }
    return step.outcome;
  }

  /** One attempt; `ordinal` is the intent that it is made under, if one is open. */
  async #try(
    { model, reason }: Candidate,
    at: Extract<Step, { kind: "try" }>,
    left: number,
  ): Promise<Step> {
    const { call } = this.#performance;
    const begun: Begun =
      at.ordinal === undefined ? await this.#begin(model) : { kind: "opened", ordinal: at.ordinal };
    if (begun.kind === "recorded") return { kind: "outcome", outcome: begun.answer };
    if (begun.kind === "busy") return { kind: "try", candidate: at.candidate, ordinal: undefined };
    const ref = { namespace: call.namespace, callId: call.callId, ordinal: begun.ordinal };
    this.#attempts++;
    const startedMs = this.#deps.nowMs();
    const attempt = this.#deps.observer.attemptStarted({
      provider: model.provider,
      model: model.name,
      traceparent: call.traceparent,
      maxTokens: call.prompt.maxTokens,
      temperature: call.prompt.temperature,
    });
    const said = await this.#attempt(model, { traceparent: attempt.traceparent, left });
    if (said.kind === "error") {
      attempt.ended({ kind: "error", class: said.class, httpStatus: said.httpStatus });
      return this.#afterError(said, { candidate: at.candidate, left, model, ref });
    }
    const choiceReason = [...this.#passed.map((passed) => `after ${passed}`), reason].join("; ");
    const latencyMs = Math.round(this.#deps.nowMs() - startedMs);
    const settlement = settlementOf(said, { call, model, latencyMs, choiceReason });
    attempt.ended({ kind: "answer", answer: settlement.answer });
    return this.#settle(ref, settlement, at.candidate);
  }

  /** Records the intent, waiting while another process makes the call, or while the ledger cannot be reached. */
  async #begin(model: Model): Promise<Begun> {
    const { call, signal } = this.#performance;
    const reserveNanoUsd = estimateNanoUsd(model, call);
    for (let waitMs = BUSY_FIRST_MS; ; waitMs = Math.min(2 * waitMs, BUSY_MOST_MS)) {
      signal.throwIfAborted();
      const begun = await this.#patiently(() =>
        this.#deps.ledger.begin({
          namespace: call.namespace,
          callId: call.callId,
          provider: model.provider,
          model: model.name,
          reserveNanoUsd,
        }),
      );
      if (begun.kind !== "busy") return begun;
      await this.#deps.sleep(waitMs, signal);
    }
  }

  /**
   * Asks the ledger again while it does not answer: an outage of the database is no failure of the call. What was
   * recorded before a reply was lost is this session's own, and is opened anew.
   */
  async #patiently<T>(ask: () => Promise<T>): Promise<T> {
    const { signal } = this.#performance;
    const untilMs = this.#deps.nowMs() + LIMITS.ledgerPatienceMs;
    for (let isFirst = true; ; isFirst = false) {
      try {
        return await ask();
      } catch (error) {
        if (this.#deps.nowMs() > untilMs) throw error;
        if (isFirst) this.#deps.observer.ledgerFailed(error);
        await this.#deps.sleep(LEDGER_RETRY_MS / 4, signal);
      }
    }
  }

  async #attempt(
    model: Model,
    { traceparent, left }: { readonly traceparent: string; readonly left: number },
  ): Promise<ProviderAnswer | ProviderError> {
    const { call, signal, onText, restart, remainingMs } = this.#performance;
    restart();
    // Who has another model to ask does not wait for this one's turn as long as his time allows.
    const patienceMs = left > 0 ? Math.min(SHORT_PATIENCE_MS, remainingMs()) : remainingMs();
    const byProtocol = !hasTools(model) && call.prompt.tools !== undefined;
    const prompt = byProtocol ? promptByProtocol(call.prompt) : call.prompt;
    const said = await this.#deps.providers.generate(
      { provider: model.provider, model: model.name, prompt },
      { signal, traceparent, patienceMs, ...(call.stream ? { onText } : {}) },
    );
    return byProtocol && said.kind === "answer" ? answerByProtocol(said) : said;
  }

  async #afterError(
    error: ProviderError,
    at: {
      readonly candidate: number;
      readonly left: number;
      readonly model: Model;
      readonly ref: IntentRef;
    },
  ): Promise<Step> {
    const { call, signal, remainingMs, wasShown } = this.#performance;
    const decision = afterError(error, {
      attempts: this.#attempts,
      maxAttempts: this.#deps.maxAttempts,
      candidatesLeft: at.left,
      remainingMs: remainingMs(),
      wasShown: wasShown(),
      random: this.#deps.random(),
    });
    if (decision.kind === "fail") {
      const outcome = failureOf(error, { model: at.model, call });
      await this.#end(at.ref, outcome);
      return { kind: "outcome", outcome };
    }
    // What may have been paid stays in the ledger for itself; the next attempt is an intent of its own.
    const reopen = error.mayHavePaid || decision.kind === "next";
    if (reopen) await this.#end(at.ref, failureOf(error, { model: at.model, call }));
    const ordinal = reopen ? undefined : at.ref.ordinal;
    if (decision.kind === "next") {
      this.#passed.push(`${fullName(at.model)}: ${codeOf(error.class)}`);
      return { kind: "try", candidate: at.candidate + 1, ordinal };
    }
    try {
      await this.#deps.sleep(decision.delayMs, signal);
    } catch {
      // Aborted: an open intent was not paid for, and must not look as if it were.
      const outcome = abortedFailure(signal, call);
      if (ordinal !== undefined) await this.#end(at.ref, outcome);
      return { kind: "outcome", outcome };
    }
    return { kind: "try", candidate: at.candidate, ordinal };
  }

  /** Records the answer, for as long as that may take: it is paid. */
  async #settle(ref: IntentRef, settlement: Settlement, candidate: number): Promise<Step> {
    const untilMs = this.#deps.nowMs() + LIMITS.settleMs;
    for (;;) {
      try {
        const counts = await this.#deps.ledger.settle(ref, settlement);
        return counts
          ? { kind: "outcome", outcome: settlement.answer }
          : { kind: "try", candidate, ordinal: undefined };
      } catch (error) {
        this.#deps.observer.ledgerFailed(error);
        if (this.#deps.nowMs() > untilMs) {
          const message = "the model answered, but the answer could not be recorded";
          return { kind: "outcome", outcome: failure("NETWORK", message, { inDoubt: true }) };
        }
        await this.#deps.sleep(SETTLE_RETRY_MS, NEVER);
      }
    }
  }

  async #give(outcome: Failure, ordinal: number | undefined): Promise<Step> {
    const { call } = this.#performance;
    if (ordinal !== undefined) {
      await this.#end({ namespace: call.namespace, callId: call.callId, ordinal }, outcome);
      return { kind: "outcome", outcome };
    }
    const recorded = await this.#deps.ledger.find(call);
    return { kind: "outcome", outcome: recorded ?? outcome };
  }

  /** Closes an intent. One that stays open for want of a database is taken for in doubt by whoever comes next. */
  async #end(ref: IntentRef, outcome: Failure): Promise<void> {
    try {
      const status = outcome.inDoubt ? "in_doubt" : "failed";
      await this.#deps.ledger.end(ref, { status, code: outcome.code });
    } catch (error) {
      this.#deps.observer.ledgerFailed(error);
    }
  }
}

const NEVER = new AbortController().signal;

function contextFailure(model: Model, call: ModelCall): Failure | undefined {
  if (model.contextTokens === undefined) return undefined;
  const promptTokens = estimatePrompt(call.prompt);
  return promptTokens <= model.contextTokens
    ? undefined
    : failure(
        "MODEL_CONTEXT_EXCEEDED",
        `the prompt has about ${promptTokens} tokens, and ${fullName(model)} takes ${model.contextTokens}`,
      );
}

/** L143: a call that would cost more than is left is not made. What has no price costs nothing that could be counted. */
function budgetFailure(model: Model, call: ModelCall): Failure | undefined {
  const { maxCostNanoUsd } = call;
  const estimate = maxCostNanoUsd === undefined ? undefined : estimateNanoUsd(model, call);
  if (maxCostNanoUsd === undefined || estimate === undefined || estimate <= maxCostNanoUsd) {
    return undefined;
  }
  const message = `a call of ${fullName(model)} may cost ${dollars(estimate)}, and ${dollars(maxCostNanoUsd)} are left`;
  return failure("BUDGET_EXCEEDED", message);
}

function estimateNanoUsd({ price }: Model, { prompt }: ModelCall): number | undefined {
  return costNanoUsd(price, {
    inputTokens: estimatePrompt(prompt),
    outputTokens: prompt.maxTokens,
  });
}

function dollars(nanoUsd: number): string {
  return `$${nanoUsd / 1e9}`;
}

function settlementOf(
  said: ProviderAnswer,
  facts: {
    readonly call: ModelCall;
    readonly model: Model;
    readonly latencyMs: number;
    readonly choiceReason: string;
  },
): Settlement {
  const { call, model, latencyMs, choiceReason } = facts;
  const usage = said.usage ?? {
    inputTokens: estimatePrompt(call.prompt),
    outputTokens: tokensOfText(said.text),
  };
  const answer: Answer = {
    kind: "answer",
    text: said.text,
    model: model.name,
    provider: model.provider,
    ...usage,
    costNanoUsd: costNanoUsd(model.price, usage),
    latencyMs,
    finishReason: said.finishReason,
    choiceReason,
    recorded: false,
    ...(said.toolCalls === undefined ? {} : { toolCalls: said.toolCalls }),
  };
  return { answer, usageEstimated: said.usage === undefined };
}

function failureOf(
  error: ProviderError,
  { model, call }: { readonly model: Model; readonly call: ModelCall },
): Failure {
  const message =
    error.class === "timeout"
      ? `${fullName(model)} did not answer within ${call.timeoutMs} ms`
      : `${fullName(model)}: ${error.message}`;
  return failure(codeOf(error.class), message, {
    inDoubt: error.mayHavePaid,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    ...(error.httpStatus === undefined ? {} : { httpStatus: error.httpStatus }),
  });
}

function abortedFailure(signal: AbortSignal, call: ModelCall): Failure {
  return signal.reason === "timeout"
    ? failure("TIMEOUT", `no model answered within ${call.timeoutMs} ms`)
    : failure("CANCELLED", "the call was cancelled");
}
