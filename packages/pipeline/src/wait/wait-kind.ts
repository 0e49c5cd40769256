import type { PlanStep } from "../plan.ts";
import type { WaitKind } from "./wait.ts";

const OPERATIONS: ReadonlyMap<string, WaitKind> = new Map<string, WaitKind>([
  ["sleep", "sleep"],
  ["wait_for_signal", "signal"],
  ["user-prompt.ask", "prompt"],
  ["approval-gate.ask", "approval"],
  ["feedback-collection.ask", "feedback"],
]);

/** What a step waits for; undefined for one that does not wait. */
export function waitKindOf({
  tool,
  operation,
}: Pick<PlanStep, "tool" | "operation">): WaitKind | undefined {
  return OPERATIONS.get(tool === null ? operation : `${tool}.${operation}`);
}
