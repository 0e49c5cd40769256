import {
  apply,
  decodeEvent,
  documentOf,
  type Field,
  openPlan,
  openRun,
  type Plan,
  type PlanParameter,
  type ResultDocument,
} from "@orchestrator/pipeline";
import type { TestStep } from "@orchestrator/pipeline/testing";

import type { ModelAnswer, ModelCall, Models } from "../models.ts";
import type { RunHostDeps } from "../run-host.ts";
import { runIdText } from "../run-id.ts";
import { ManualClock } from "./manual-clock.ts";
import { MemoryState } from "./state-in-memory.ts";
import { testHost } from "./test-host.ts";

/** A field that is rendered. */
export function template(source: string): Field {
  return { kind: "template", source, path: "parameters.x", line: 1, column: 1 };
}

/** A parameter of a test's step; a text is a literal. */
export function parameter(
  name: string,
  field: Field | string,
  type: PlanParameter["type"] = { kind: "any" },
): PlanParameter {
  const value: Field = typeof field === "string" ? { kind: "literal", value: field } : field;
  return { name, type, required: true, field: value };
}

/** A step that writes a file. */
export function write(id: string, path: string, content: Field | string): TestStep {
  return {
    id,
    tool: "filesystem",
    operation: "write",
    parameters: [parameter("path", path, { kind: "path" }), parameter("content", content)],
  };
}

/** What makes a step ask a model. */
export const MODEL_STEP: Partial<TestStep> = {
  operation: "generate",
  nature: "model",
  announces: true,
};

/** What a model may say. */
export function answer(text: string): ModelAnswer {
  return {
    kind: "answer",
    text,
    model: "small",
    provider: "test",
    inputTokens: 3,
    outputTokens: 2,
    costNanoUsd: 1_500_000,
    latencyMs: 1,
    finishReason: "stop",
    recorded: false,
    choiceReason: "",
  };
}

/** Selects no model: for steps that name theirs, or none. */
export const noSelection: Models["select"] = () =>
  Promise.reject(new Error("no model is selected here"));

/** Models that answer so; the first is selected, whatever is asked for. */
export function models(generate: Models["generate"]): Models {
  return {
    generate,
    select: () =>
      Promise.resolve({
        kind: "selected",
        model: "test/small",
        reason: "the only one",
        estimateNanoUsd: undefined,
      }),
  };
}

/** A model that never answers, and stops when it is asked to. */
export function silentUntilStopped(_: ModelCall, signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(new Error("stopped")));
  });
}

/** A run in memory with its first host; `again` makes another host for it. */
export function open(
  plan: Plan,
  given: Partial<RunHostDeps> = {},
): ReturnType<typeof testHost> & {
  readonly clock: ManualClock;
  readonly state: MemoryState;
  readonly again: (other?: Partial<RunHostDeps>) => ReturnType<typeof testHost>;
} {
  const clock = new ManualClock();
  const state = new MemoryState({ plan }, () => clock.monotonicMs());
  const again = (other: Partial<RunHostDeps> = given): ReturnType<typeof testHost> =>
    testHost(state, { ...other, clock });
  return { clock, state, ...again(), again };
}

/** The document of what is committed. */
export function documentFrom(state: MemoryState, plan: Plan): ResultDocument {
  const folded = openRun(openPlan(plan));
  for (const { seq, atUs, ...stored } of state.events) {
    apply(folded, { seq, atUs, event: decodeEvent(stored) });
  }
  const status = folded.end?.status ?? "running";
  return documentOf(folded, { runId: runIdText(state.runId), status });
}
