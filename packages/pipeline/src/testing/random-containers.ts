import { stepError } from "../engine/step-error.ts";
import type { StepError } from "../events.ts";
import type { Field, LoopStep } from "../plan.ts";
import { below, type Draw, drawFrom, oneOf } from "./draw.ts";
import type { Behaviour, RandomPlan } from "./random-plan.ts";
import { ONE_ATTEMPT, testPlan, type TestContainer, type TestNode } from "./test-plan.ts";

/** Makes a plan of loops and groups inside each other from a seed. `stops`: failures and time may end loops and the run early. */
export function randomContainers(seed: number, { stops }: { stops: boolean }): RandomPlan {
  const draw = drawFrom(seed);
  const maker: Maker = { draw, stops, behaviours: new Map(), ids: 0 };
  const steps = randomBlock(maker, { depth: 0, size: 1 + below(draw, 4) });
  const plan = testPlan({ steps, maxParallel: 1 + below(draw, 4) });
  return { plan, behaviours: maker.behaviours };
}

type Maker = {
  readonly draw: Draw;
  readonly stops: boolean;
  readonly behaviours: Map<string, Behaviour>;
  ids: number;
};

const DEEPEST = 3;

function randomBlock(
  maker: Maker,
  { depth, size }: { depth: number; size: number },
): readonly TestNode[] {
  const { draw } = maker;
  const ids = Array.from({ length: size }, () => newId(maker));
  return ids.map((id, index): TestNode => {
    const dependencies = ids.slice(0, index).filter(() => draw() < 0.3);
    const common = {
      id,
      dependencies,
      priority: below(draw, 3),
      onFailure: policy(maker),
    } as const;
    return draw() < 0.5 && depth < DEEPEST
      ? container(maker, { ...common, depth })
      : task(maker, common);
  });
}

function newId(maker: Maker): string {
  maker.ids += 1;
  return `s${maker.ids}`;
}

function policy({ draw, stops }: Maker): "fail" | "continue" | "skip" {
  return oneOf(draw, stops ? ["fail", "fail", "continue", "skip"] : ["continue", "skip"]);
}

type Common = Pick<TestContainer, "id" | "dependencies" | "priority" | "onFailure">;

function task({ draw, behaviours, stops }: Maker, common: Common): TestNode {
  behaviours.set(common.id, {
    conditionHolds: draw() < 0.9,
    attempts: [attempt(draw), attempt(draw), undefined],
  });
  return {
    ...common,
    kind: "task",
    attempts: { ...ONE_ATTEMPT, max: 1 + below(draw, 3), initialMs: oneOf(draw, [0, 10, 8_000]) },
    repeatable: !stops || draw() < 0.7,
    announces: draw() < 0.4,
  };
}

function attempt(draw: Draw): StepError | undefined {
  return oneOf(draw, [
    undefined,
    undefined,
    undefined,
    stepError("TOOL_ERROR", "reported"),
    stepError("TIMEOUT", "raised", { timedOut: true }),
  ]);
}

function container(maker: Maker, { depth, ...common }: Common & { depth: number }): TestNode {
  const { draw, behaviours, stops } = maker;
  behaviours.set(common.id, { conditionHolds: draw() < 0.9, attempts: [] });
  const body = randomBlock(maker, { depth: depth + 1, size: 1 + below(draw, 3) });
  if (draw() < 0.3) {
    return { ...common, kind: "group", body };
  }
  const timeouts = {
    attemptMs: stops && draw() < 0.2 ? 2_000 : null,
    totalMs: null,
    heartbeatMs: null,
  };
  return { ...common, kind: "loop", body, timeouts, ...randomForm(draw) };
}

function randomForm(draw: Draw): Partial<LoopStep> {
  const tolerant = draw() < 0.5;
  const rate: Field | null = draw() < 0.3 ? { kind: "literal", value: 0.5 } : null;
  if (draw() < 0.3) {
    const iterations: Field = { kind: "literal", value: below(draw, 3) };
    const condition = { source: true, path: "while", line: 1, column: 1 };
    return {
      form: "repeat",
      source: null,
      while: condition,
      maxIterations: iterations,
      tolerant,
      failsAtMax: draw() < 0.2,
    };
  }
  const filter = draw() < 0.4 ? { source: true, path: "condition", line: 1, column: 1 } : null;
  const maxParallel = oneOf<LoopStep["maxParallel"]>(draw, [
    "run",
    { kind: "literal", value: 1 },
    { kind: "literal", value: 2 },
  ]);
  const items = Array.from({ length: below(draw, 5) }, (_, i) => i);
  return {
    source: { kind: "literal", value: items },
    filter,
    maxParallel,
    tolerant: tolerant || rate !== null,
    minSuccessRate: rate,
  };
}
