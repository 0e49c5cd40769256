import type { AttemptResult, ModelUsage } from "@orchestrator/pipeline";

/** The sum of what calls used; the last one names the model (L143). */
export function addUsage(before: ModelUsage | undefined, usage: ModelUsage): ModelUsage {
  return before === undefined
    ? usage
    : {
        ...usage,
        inputTokens: before.inputTokens + usage.inputTokens,
        outputTokens: before.outputTokens + usage.outputTokens,
        costNanoUsd: before.costNanoUsd + usage.costNanoUsd,
      };
}

/** What the step's own calls used, and those for its route. */
export function withUsage(given: AttemptResult, asked: AttemptResult): AttemptResult {
  const { usage } = asked;
  return usage === undefined ? usageOnly(given) : { usage: addUsage(given.usage, usage) };
}

function usageOnly({ usage }: AttemptResult): AttemptResult {
  return usage === undefined ? {} : { usage };
}
