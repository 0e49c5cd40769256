import { type AttemptPolicy, type Plan, PLAN_VERSION, type PlanStep } from "../plan.ts";

/** A step of a test's plan: what is not said is as plain as can be. */
export type TestStep = Partial<Omit<PlanStep, "index">> & { readonly id: string };

/** A plan for tests, without a document behind it. */
export function testPlan({
  steps,
  ...rest
}: Partial<Omit<Plan, "steps">> & { readonly steps: readonly TestStep[] }): Plan {
  return {
    planVersion: PLAN_VERSION,
    language: "1",
    documentHash: "00".repeat(32),
    pipeline: { id: "test", name: "Test", description: null, version: null },
    inputs: [],
    strictInputs: false,
    sections: {},
    outputs: [],
    levels: [],
    maxParallel: 16,
    priority: 0,
    labels: {},
    requires: [],
    ...rest,
    steps: steps.map((step, index) => ({ ...PLAIN, ...withDependencies(step), index })),
  };
}

/** One attempt, no waiting. */
export const ONE_ATTEMPT: AttemptPolicy = {
  max: 1,
  backoff: "none",
  initialMs: 0,
  multiplier: 1,
  incrementMs: 0,
  maxIntervalMs: 60_000,
  jitter: false,
  retryOn: ["*"],
  noRetryOn: [],
};

const PLAIN: Omit<PlanStep, "id" | "index"> = {
  kind: "task",
  tool: null,
  operation: "control_flow",
  nature: "deterministic",
  parameters: [],
  condition: null,
  waitsFor: [],
  dependencies: [],
  routes: [],
  elseSteps: [],
  elseOf: null,
  onFailure: "fail",
  attempts: ONE_ATTEMPT,
  timeouts: { attemptMs: null, totalMs: null, heartbeatMs: null },
  repeatable: true,
  announces: false,
  keepsParameters: false,
  location: null,
  produces: null,
  artifacts: [],
  outputSchema: null,
  sizeLimit: null,
  model: null,
  priority: 0,
  resourceLimits: {},
};

/** A step waits for what it depends on. */
function withDependencies(step: TestStep): TestStep {
  const { dependencies = [], waitsFor = [] } = step;
  return { ...step, dependencies, waitsFor: [...new Set([...dependencies, ...waitsFor])] };
}
