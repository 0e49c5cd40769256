import type { JsonObject } from "@orchestrator/pipeline";
import { DateTime, createBudget, evaluate, parseCondition, textOf } from "@orchestrator/template";

import { type ToolContext, type ToolOutcome, done, failed } from "../tool.ts";

/** Gives the verdict of a condition that was rendered (L185): a boolean, or text without names in it. */
export function evaluateCondition(
  parameters: JsonObject,
  { now }: ToolContext,
): Promise<ToolOutcome> {
  const condition = parameters["condition"] ?? null;
  if (typeof condition === "boolean") {
    return Promise.resolve(done({ result: condition, condition }));
  }
  const text = textOf(condition);
  const parsed = parseCondition(text);
  if (parsed.kind === "refused") {
    const reasons = parsed.problems.map(({ message }) => message).join("; ");
    return Promise.resolve(failed("CONDITION_ERROR", `condition ${text}: ${reasons}`));
  }
  const verdict = evaluate(parsed.value, {
    scope: { lookup: () => undefined },
    host: { now: () => new DateTime(now().getTime()), call: () => null },
    budget: createBudget(),
  });
  return Promise.resolve(
    verdict.kind === "failed"
      ? failed("CONDITION_ERROR", `condition ${text}: ${verdict.message}`)
      : done({ result: verdict.verdict, condition: text }),
  );
}
