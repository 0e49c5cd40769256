import type { ModelUsage } from "@orchestrator/pipeline";

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
