import type { ModelUsage, Plan } from "@orchestrator/pipeline";

import type { ModelAnswer, ModelCall, ModelFailure, Models } from "./models.ts";
import { tokensIn } from "./tokens.ts";

/** What may be spent at most (L143). */
export type Budget = NonNullable<Plan["budget"]>;

/** What one step may spend beside the run's budget (L137). */
export type CostLimit = {
  readonly nanoUsd: number;
  /** Of all of the step's calls, or of the whole run. */
  readonly period: "per-task" | "per-pipeline";
};

/** Whose call it is, and what was spent for it before. */
export type Spender = {
  readonly limit: CostLimit | undefined;
  readonly spentNanoUsd: number;
};

/**
 * What a run has spent on models, and what is left. A call holds its estimate until it is known what it cost, so that calls
 * at the same time pass no limit together.
 */
export class Spending {
  readonly #budget: Budget | undefined;
  readonly #used: () => readonly ModelUsage[];
  #spent: { nanoUsd: number; tokens: number } | undefined;

  /** `used`: what was recorded before this executor took the run up. */
  constructor(budget: Budget | undefined, used: () => readonly ModelUsage[]) {
    this.#budget = budget;
    this.#used = used;
    if (budget !== undefined) {
      this.#spent = sumOf(used());
    }
  }

  /** Makes a call, unless its estimate passes a limit: then BUDGET_EXCEEDED. */
  async call(
    call: ModelCall,
    { models, spender, signal }: { models: Models; spender: Spender; signal: AbortSignal },
  ): Promise<ModelAnswer | ModelFailure> {
    if (this.#budget === undefined && spender.limit === undefined) {
      return models.generate(call, signal);
    }
    const spent = (this.#spent ??= sumOf(this.#used()));
    const inputTokens = tokensIn(call);
    const tokens = inputTokens + call.maxTokens;
    const { tokens: mostTokens = Infinity } = this.#budget ?? {};
    if (spent.tokens + tokens > mostTokens) {
      const left = Math.max(0, mostTokens - spent.tokens);
      return exceeded(`the call may take ${tokens} tokens, and ${left} of the budget are left`);
    }
    const asked = { choice: call.choice, inputTokens, outputTokens: call.maxTokens };
    const selected = await models.select(asked, signal);
    if (selected.kind === "failure") {
      return selected;
    }
    const left = this.#leftNanoUsd(spender);
    const held = Math.max(0, Math.min(selected.estimateNanoUsd ?? 0, left));
    spent.nanoUsd += held;
    spent.tokens += tokens;
    const bound = Number.isFinite(left) ? { maxCostNanoUsd: Math.max(0, left) } : {};
    let used = { nanoUsd: held, tokens };
    try {
      const answer = await models.generate({ ...call, ...bound }, signal);
      used = usedBy(answer, used);
      return answer;
    } finally {
      spent.nanoUsd += used.nanoUsd - held;
      spent.tokens += used.tokens - tokens;
    }
  }

  #leftNanoUsd({ limit, spentNanoUsd }: Spender): number {
    const spent = this.#spent?.nanoUsd ?? 0;
    const ofRun = (this.#budget?.nanoUsd ?? Infinity) - spent;
    if (limit === undefined) {
      return ofRun;
    }
    return Math.min(ofRun, limit.nanoUsd - (limit.period === "per-task" ? spentNanoUsd : spent));
  }
}

/** A call that may have been paid, though there is no answer, counts with its estimate. */
function usedBy(
  answer: ModelAnswer | ModelFailure,
  held: { readonly nanoUsd: number; readonly tokens: number },
): { nanoUsd: number; tokens: number } {
  if (answer.kind === "failure") {
    return answer.inDoubt ? held : { nanoUsd: 0, tokens: 0 };
  }
  return {
    nanoUsd: answer.costNanoUsd ?? 0,
    tokens: answer.inputTokens + answer.outputTokens,
  };
}

function sumOf(used: readonly ModelUsage[]): { nanoUsd: number; tokens: number } {
  return {
    nanoUsd: used.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0),
    tokens: used.reduce(
      (sum, { inputTokens, outputTokens }) => sum + inputTokens + outputTokens,
      0,
    ),
  };
}

function exceeded(message: string): ModelFailure {
  return {
    kind: "failure",
    code: "BUDGET_EXCEEDED",
    message,
    retryAfterMs: undefined,
    httpStatus: undefined,
    inDoubt: false,
  };
}
