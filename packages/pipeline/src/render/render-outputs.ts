import { createBudget, DateTime, type Json, MISSING, type Value } from "@orchestrator/template";

import { outputsOf } from "../engine/loaded-plan.ts";
import type { OutputProgram } from "../engine/output-program.ts";
import { stepError } from "../engine/step-error.ts";
import type { JsonObject, StepError } from "../events.ts";
import { fit } from "../fit.ts";
import { failureOf, noProblems, renderField } from "./render-field.ts";
import { namesIn, type RenderContext } from "./render-step.ts";
import { runScope } from "./run-scope.ts";
import { schemaProblem } from "./schema-problem.ts";

/** The declared outputs; those that failed are `null` (L31). */
export type RenderedOutputs = {
  readonly outputs: JsonObject;
  readonly error?: StepError;
};

/** Evaluates the outputs of a run whose steps have settled, in reference order (L30). */
export function renderOutputs(context: RenderContext): RenderedOutputs {
  const programs = outputsOf(context.state.loaded);
  const values = new Map<string, Json>();
  const failures: string[] = [];
  const render = rendererOf(
    context,
    (name) => values.get(name) ?? (values.has(name) ? null : MISSING),
  );
  for (const program of programs) {
    const { name } = program.output;
    const outcome = outputValue(program, render);
    values.set(name, outcome.value);
    if (outcome.problem !== undefined) {
      failures.push(`${name}: ${outcome.problem}`);
    }
  }
  const outputs = Object.fromEntries(values);
  return failures.length === 0
    ? { outputs }
    : { outputs, error: stepError("OUTPUT_FAILED", failures.join("; ")) };
}

type Rendering = { readonly value: Json; readonly problem?: string };

function rendererOf(
  context: RenderContext,
  output: (name: string) => Value,
): (program: OutputProgram["value"]) => Rendering {
  const budget = createBudget(context.limits, context.cpuMs);
  const host = { now: () => new DateTime(context.nowMs), call: context.call };
  const env = {
    scope: runScope(context, { output }),
    host,
    budget,
    names: () => namesIn(context.state),
  };
  return (program) => {
    const problems = noProblems();
    const value = renderField(program, { env, problems });
    const error = failureOf(problems, { user: "the output" });
    return error === undefined ? { value } : { value: null, problem: error.message };
  };
}

function outputValue(
  { output, value: program }: OutputProgram,
  render: (program: OutputProgram["value"]) => Rendering,
): Rendering {
  const rendered = render(program);
  if (rendered.problem !== undefined || rendered.value === null) {
    return rendered;
  }
  const fitted = output.type === null ? undefined : fit(rendered.value, output.type);
  if (fitted?.kind === "misfit") {
    return { value: null, problem: fitted.message };
  }
  const value = fitted === undefined ? rendered.value : fitted.value;
  const misfit = output.schema === null ? undefined : schemaProblem(output.schema, value);
  return misfit === undefined ? { value } : { value: null, problem: misfit };
}
