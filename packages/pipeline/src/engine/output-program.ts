import type { PlanOutput } from "../plan.ts";
import { type FieldProgram, loadField, noNeeds } from "./field-program.ts";
import type { LoadedPlan, LoadedStep } from "./loaded-plan.ts";
import { stepsRead } from "./steps-read.ts";

/** A declared output with its templates parsed (L29). */
export type OutputProgram = {
  readonly output: PlanOutput;
  readonly value: FieldProgram;
  /** Steps whose results it may read. */
  readonly reads: readonly LoadedStep[];
  /** Something in it looks outside the run (L74). */
  readonly impure: boolean;
};

/** Parses what the outputs render. */
export function loadOutputs(loaded: LoadedPlan): readonly OutputProgram[] {
  return loaded.plan.outputs.map((output) => {
    const needs = noNeeds();
    const value = loadField(output.value, { names: loaded.names, needs });
    return {
      output,
      value,
      reads: stepsRead(needs, { loaded, block: loaded.root }),
      impure: needs.impure,
    };
  });
}
