import { evaluate, type Json, textOf } from "@orchestrator/template";

import type { AutoQuestion } from "../auto/auto-question.ts";
import type { Instance } from "../engine/frame.ts";
import { programOf } from "../engine/loaded-plan.ts";
import { stepError } from "../engine/step-error.ts";
import {
  fitParameters,
  type FittedParameters,
  type ModelProgram,
  type StepProgram,
} from "../engine/step-program.ts";
import type { JsonObject, StepError } from "../events.ts";
import type { TaskStep } from "../plan.ts";
import { environmentFor, failureOf } from "./render-field.ts";
import { ownNames, type RenderContext, type Renderer, rendererOf } from "./renderer.ts";
import type { OwnNames } from "./run-scope.ts";

/** What a step is when its turn comes: skipped, failed before its attempt, or ready for it (L50). */
export type RenderedStep =
  | { readonly kind: "skip" }
  | { readonly kind: "failed"; readonly error: StepError }
  /** AUTO tags are to be resolved first (L130); then it is rendered again. */
  | { readonly kind: "ask"; readonly questions: readonly AutoQuestion[] }
  | ReadyStep;

/** All rendered fields of a step. */
export type ReadyStep = {
  readonly kind: "ready";
  readonly parameters: JsonObject;
  /** L33; undefined for none. */
  readonly location?: string;
  readonly artifacts: readonly { readonly glob: string; readonly optional: boolean }[];
  /** In the order in which they are tried (L134); undefined when the step says nothing of its model. */
  readonly models?: readonly ModelWish[];
  /** What is asked when the step has run: where the run goes on (L87). */
  readonly route?: AutoQuestion;
};

/** A model as a step wants it: by name, or by what an AUTO says of it (L132). */
export type ModelWish =
  | { readonly kind: "name"; readonly name: string }
  | {
      readonly kind: "auto";
      readonly path: string;
      readonly attributes: Readonly<Record<string, string>>;
      readonly reason: string;
      /** The name that came with the run (L131). */
      readonly response?: { readonly value: Json };
    };

/** Evaluates a step's condition and renders its fields. `decided`: the condition held before, and is not asked again (L78). */
export function renderStep(
  context: RenderContext,
  instance: Instance,
  { decided, recorded }: { decided: boolean; recorded: JsonObject | undefined },
): RenderedStep {
  const { step } = instance.place;
  if (step.kind !== "task") {
    throw new Error(`the step "${step.id}" holds others, and is not rendered as one step`);
  }
  const program = programOf(context.state.loaded, instance.place);
  const condition = decided ? undefined : program.condition;
  if (condition === undefined && program.isConstant && program.constant !== undefined) {
    return readyWith(program.constant, {});
  }
  const renderer = rendererOf(
    { ...context, from: { frame: instance.frame, at: instance } },
    instance,
  );
  return (
    (condition === undefined ? undefined : stopAt(condition, renderer)) ??
    renderFields(program, { step, renderer, recorded })
  );
}

/** Skip or failure, where the condition does not hold (L77, L78). */
function stopAt(
  { condition, path, autos }: NonNullable<StepProgram["condition"]>,
  renderer: Renderer,
): RenderedStep | undefined {
  const env = environmentFor(autos, renderer.rendering({}));
  if (env === undefined) {
    return waiting(renderer);
  }
  const outcome = evaluate(condition, env);
  if (outcome.kind === "failed") {
    const error = stepError("CONDITION_ERROR", `${path}: ${outcome.message}`);
    return { kind: "failed", error };
  }
  return outcome.verdict ? undefined : { kind: "skip" };
}

/** What a step waits for: a failure of what it asks, else the answers. */
function waiting(
  { problems, autos: { questions } }: Renderer,
  user = "the condition",
): RenderedStep {
  const error = failureOf(problems, { user });
  return error === undefined ? { kind: "ask", questions } : { kind: "failed", error };
}

function renderFields(
  program: StepProgram,
  {
    step,
    renderer,
    recorded,
  }: { step: TaskStep; renderer: Renderer; recorded: JsonObject | undefined },
): RenderedStep {
  const { location } = program;
  const own = ownNames(step, location === undefined ? null : renderer.field(location, {}));
  const values = program.parameters.filter(
    ({ parameter }) => recorded === undefined || parameter.secret === true,
  );
  const parameters = values.map(
    ({ parameter, field }) => [parameter, renderer.field(field, own)] as const,
  );
  const artifacts = program.artifacts.map(({ glob, optional }) => ({
    glob: textOf(renderer.field(glob, own)),
    optional,
  }));
  const models = program.models.flatMap((model) => modelWishes(model, { renderer, own }));
  const instruction = program.route && textOf(renderer.field(program.route, own));
  const user = step.tool ?? step.operation;
  const error = failureOf(renderer.problems, { user });
  if (error !== undefined || renderer.autos.questions.length > 0) {
    return waiting(renderer, user);
  }
  const fitted = fitParameters(parameters);
  return readyWith(withRecorded(fitted, recorded), {
    artifacts,
    ...(own.location === undefined ? {} : { location: own.location }),
    ...(models.length === 0 ? {} : { models }),
    ...(instruction === undefined ? {} : routeOf(step, { instruction, renderer })),
  });
}

/** What was recorded holds; a parameter that a secret goes into never was, and is rendered each time (L163). */
function withRecorded(
  fitted: FittedParameters,
  recorded: JsonObject | undefined,
): FittedParameters {
  return fitted.kind === "failed" || recorded === undefined
    ? fitted
    : { kind: "fitted", parameters: { ...recorded, ...fitted.parameters } };
}

/** L87: an AUTO chooses among the targets that are legal, or none. */
function routeOf(
  { gotoAuto, routes }: TaskStep,
  { instruction, renderer }: { instruction: string; renderer: Renderer },
): Pick<ReadyStep, "route"> {
  if (gotoAuto === undefined || renderer.autos.answerTo("goto") !== undefined) {
    return {};
  }
  const targets = routes.flatMap(({ when, target }) => (when === "otherwise" ? target : []));
  const type = { kind: "enum" as const, values: [...new Set([...targets, "none"])] };
  const { body: _, ...asked } = gotoAuto;
  return { route: renderer.autos.question({ ...asked, path: "goto", type }, instruction) };
}

function readyWith(
  fitted: FittedParameters,
  rest: Partial<Omit<ReadyStep, "kind" | "parameters">>,
): RenderedStep {
  return fitted.kind === "failed"
    ? fitted
    : { kind: "ready", parameters: fitted.parameters, artifacts: [], ...rest };
}

/** A name that renders as a list is several; an AUTO that was resolved is the name that it was resolved to (L130, L134). */
function modelWishes(
  program: ModelProgram,
  { renderer, own }: { renderer: Renderer; own: OwnNames },
): readonly ModelWish[] {
  if (program.kind === "name") {
    const value = renderer.field(program.name, own);
    const names = Array.isArray(value) ? value : [value];
    return names
      .map((name: Json) => ({ kind: "name" as const, name: textOf(name).trim() }))
      .filter(({ name }) => name !== "");
  }
  const { path, attributes } = program;
  const known = renderer.autos.answerTo(path);
  if (known !== undefined) {
    return [{ kind: "name", name: textOf(known.value) }];
  }
  const response = renderer.response(path);
  const reason = textOf(renderer.field(program.reason, own));
  return [
    { kind: "auto", path, attributes, reason, ...(response === undefined ? {} : { response }) },
  ];
}
