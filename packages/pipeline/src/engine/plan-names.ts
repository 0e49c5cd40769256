import type { ParseOptions } from "@orchestrator/template";

import type { Plan, PlanStep } from "../plan.ts";

/** Names that a plan binds beside the fixed ones (L68). */
export type Names = {
  readonly inputs: ReadonlySet<string>;
  readonly all: ReadonlySet<string>;
  readonly parsing: ParseOptions;
};

/** The names of a plan, and how they change what its templates mean (L46). */
export function namesOf(plan: Plan): Names {
  const inputs = new Set(plan.inputs.map(({ name }) => name));
  const context = plan.sections.context;
  const keys = context?.kind === "object" ? context.entries.map(([key]) => key) : [];
  const literal =
    context?.kind === "literal" && typeof context.value === "object" && context.value !== null
      ? Object.keys(context.value)
      : [];
  const all = new Set([
    ...plan.steps.flatMap(stepNames),
    ...inputs,
    ...keys,
    ...literal,
    ...plan.outputs.map(({ name }) => name),
  ]);
  const joinable = new Set([...all].filter((name) => name.includes("-")));
  return { inputs, all, parsing: { joinable, bound: all } };
}

/** The ids and other names of a step and of what it holds, and what it calls an item. */
function stepNames(step: PlanStep): readonly string[] {
  if (step.kind === "task") {
    return [step.id];
  }
  const named = step.kind === "loop" ? [step.loopName, step.itemName] : [];
  return [step.id, ...named.flatMap((name) => name ?? []), ...step.body.flatMap(stepNames)];
}
