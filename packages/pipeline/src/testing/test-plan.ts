import {
  type AttemptPolicy,
  type GroupStep,
  type LoopStep,
  type Plan,
  PLAN_VERSION,
  type PlanStep,
  type TaskStep,
} from "../plan.ts";

/** A step of a test's plan: what is not said is as plain as can be. */
export type TestNode = TestStep | TestContainer;

/** A step that holds no others. */
export type TestStep = Partial<Omit<TaskStep, "index" | "kind">> & {
  readonly id: string;
  readonly kind?: "task";
};

/** A loop or a group with its steps. */
export type TestContainer =
  | (Partial<Omit<LoopStep, "index" | "body">> & Held & { readonly kind: "loop" })
  | (Partial<Omit<GroupStep, "index" | "body">> & Held & { readonly kind: "group" });

type Held = { readonly id: string; readonly body: readonly TestNode[] };

/** A plan for tests, without a document behind it. */
export function testPlan({
  steps,
  ...rest
}: Partial<Omit<Plan, "steps">> & { readonly steps: readonly TestNode[] }): Plan {
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
    steps: blockOf(steps),
  };
}

function blockOf(steps: readonly TestNode[]): readonly PlanStep[] {
  return steps.map((step, index): PlanStep => {
    if (step.kind === "loop") {
      return { ...PLAIN_LOOP, ...withDependencies(step), body: blockOf(step.body), index };
    }
    if (step.kind === "group") {
      const body = blockOf(step.body);
      return { ...PLAIN_FACTS, tool: null, ...withDependencies(step), body, index };
    }
    return { ...PLAIN, ...withDependencies(step), kind: "task", index };
  });
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

const PLAIN_FACTS = {
  operation: "control_flow",
  condition: null,
  waitsFor: [],
  dependencies: [],
  routes: [],
  elseSteps: [],
  elseOf: null,
  onFailure: "fail",
  timeouts: { attemptMs: null, totalMs: null, heartbeatMs: null },
  location: null,
  produces: null,
  artifacts: [],
  outputSchema: null,
  sizeLimit: null,
  priority: 0,
} as const satisfies Partial<PlanStep>;

const PLAIN: Omit<TaskStep, "id" | "index"> = {
  ...PLAIN_FACTS,
  kind: "task",
  tool: null,
  nature: "deterministic",
  parameters: [],
  attempts: ONE_ATTEMPT,
  repeatable: true,
  announces: false,
  keepsParameters: false,
  model: null,
  resourceLimits: {},
};

/** Two iterations, one after the other. */
const PLAIN_LOOP: Omit<LoopStep, "id" | "index" | "body"> = {
  ...PLAIN_FACTS,
  kind: "loop",
  tool: null,
  operation: "for_each",
  form: "for_each",
  single: false,
  loopName: null,
  itemName: null,
  source: { kind: "literal", value: [1, 2] },
  filter: null,
  while: null,
  until: null,
  maxIterations: { kind: "literal", value: 10 },
  failsAtMax: false,
  maxParallel: { kind: "literal", value: 1 },
  sequential: true,
  tolerant: false,
  minSuccessRate: null,
  iterationTimeoutMs: null,
};

/** A step waits for what it depends on. */
function withDependencies<S extends TestNode>(step: S): S {
  const { dependencies = [], waitsFor = [] } = step;
  return { ...step, dependencies, waitsFor: [...new Set([...dependencies, ...waitsFor])] };
}
