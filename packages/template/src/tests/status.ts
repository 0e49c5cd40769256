import type { TestDefinition } from "../call-context.ts";
import { isView } from "../values/kinds.ts";

/** Tests of how a step ended (L71). */
export const STATUS_TESTS: Readonly<Record<string, TestDefinition>> = {
  skipped: status((status) => status === "skipped"),
  failed: status((status) => status === "failed"),
  succeeded: status((status) => status === "completed" || status === "recovered"),
};

function status(holds: (status: string) => boolean): TestDefinition {
  return {
    parameters: [],
    undefinedInput: "both",
    holds: (value) => isView(value) && holds(value.status),
  };
}
