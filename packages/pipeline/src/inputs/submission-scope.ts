import { type Json, MISSING, type Value } from "@orchestrator/template";

import { namesOf } from "../engine/plan-names.ts";
import type { JsonObject } from "../events.ts";
import type { Plan } from "../plan.ts";
import type { SubmissionScope } from "./render-field.ts";

/** The names known before a run: inputs, by themselves and under `inputs` and `parameters` (L27), and what is given beside. */
export function submissionScope(
  plan: Plan,
  {
    valueOf,
    others = {},
  }: {
    /** The value of an input; `undefined` when it has none. */
    readonly valueOf: (name: string) => Json | undefined;
    readonly others?: JsonObject;
  },
): SubmissionScope {
  const names = plan.inputs.map(({ name }) => name);
  const declared = new Set(names);
  const lookup = (name: string): Value | undefined => {
    const value = valueOf(name);
    if (value !== undefined) {
      return value;
    }
    if (declared.has(name)) {
      return MISSING;
    }
    if (name === "inputs" || name === "parameters") {
      return allInputs(names, valueOf);
    }
    return Object.hasOwn(others, name) ? others[name] : undefined;
  };
  return {
    scope: { lookup },
    names: () => [...names, ...Object.keys(others)],
    parsing: namesOf(plan).parsing,
  };
}

function allInputs(
  names: readonly string[],
  valueOf: (name: string) => Json | undefined,
): JsonObject {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = valueOf(name);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}
