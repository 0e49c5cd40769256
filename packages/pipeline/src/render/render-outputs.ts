import { createBudget, type Json, MISSING, type Value } from "@orchestrator/template";

import type { AutoQuestion } from "../auto/auto-question.ts";
import { outputsOf } from "../engine/loaded-plan.ts";
import type { OutputProgram } from "../engine/output-program.ts";
import { stepError } from "../engine/step-error.ts";
import type { JsonObject, StepError } from "../events.ts";
import { fit } from "../fit.ts";
import { outputAutos } from "./auto-reader.ts";
import { failureOf, noProblems, renderField } from "./render-field.ts";
import { hostOf, namesIn, type RenderContext } from "./renderer.ts";
import { runScope } from "./run-scope.ts";
import { schemaProblem } from "./schema-problem.ts";

/** The declared outputs; those that failed are `null` (L31). */
export type RenderedOutputs = {
  readonly outputs: JsonObject;
  readonly error?: StepError;
  /** AUTO tags that are to be resolved first (L130); then they are evaluated again. */
  readonly questions?: readonly AutoQuestion[];
};

/** Evaluates the outputs of a run whose steps have settled, in reference order (L30). */
export function renderOutputs(context: RenderContext): RenderedOutputs {
  const programs = outputsOf(context.state.loaded);
  const values = new Map<string, Json>();
  const failures: string[] = [];
  const questions: AutoQuestion[] = [];
  const render = rendererOf(
    context,
    (name) => values.get(name) ?? (values.has(name) ? null : MISSING),
  );
  for (const program of programs) {
    const { name } = program.output;
    const outcome = outputValue(program, render);
    values.set(name, outcome.value);
    questions.push(...outcome.questions);
    if (outcome.problem !== undefined) {
      failures.push(`${name}: ${outcome.problem}`);
    }
  }
  if (questions.length > 0) {
    return { outputs: {}, questions };
  }
  const outputs = Object.fromEntries(values);
  return failures.length === 0
    ? { outputs }
    : { outputs, error: stepError("OUTPUT_FAILED", failures.join("; ")) };
}

type Rendering = {
  readonly value: Json;
  readonly problem?: string;
  readonly questions: readonly AutoQuestion[];
};

function rendererOf(
  context: RenderContext,
  output: (name: string) => Value,
): (program: OutputProgram) => Rendering {
  const budget = createBudget(context.limits, context.cpuMs);
  const host = hostOf(context);
  const env = {
    scope: runScope(context, { output }),
    host,
    budget,
    names: () => namesIn(context.state),
  };
  return (program) => {
    const problems = noProblems();
    const autos = outputAutos(context, program);
    const value = renderField(program.value, { env, problems, autos });
    const error = failureOf(problems, { user: "the output" });
    const { questions } = autos;
    return error === undefined
      ? { value, questions }
      : { value: null, problem: error.message, questions: [] };
  };
}

function outputValue(
  program: OutputProgram,
  render: (program: OutputProgram) => Rendering,
): Rendering {
  const { output } = program;
  const rendered = render(program);
  if (rendered.problem !== undefined || rendered.value === null) {
    return rendered;
  }
  const fitted = output.type === null ? undefined : fit(rendered.value, output.type);
  if (fitted?.kind === "misfit") {
    return { value: null, problem: fitted.message, questions: [] };
  }
  const value = fitted === undefined ? rendered.value : fitted.value;
  const misfit = output.schema === null ? undefined : schemaProblem(output.schema, value);
  return misfit === undefined
    ? { value, questions: [] }
    : { value: null, problem: misfit, questions: [] };
}
