import {
  createBudget,
  DateTime,
  type Environment,
  evaluate,
  type Host,
  type Json,
  type TemplateLimits,
  textOf,
} from "@orchestrator/template";

import type { FieldProgram } from "../engine/field-program.ts";
import type { Instance } from "../engine/frame.ts";
import { programOf } from "../engine/loaded-plan.ts";
import type { RunState } from "../engine/run-state.ts";
import { stepError } from "../engine/step-error.ts";
import { fitParameters, type FittedParameters, type StepProgram } from "../engine/step-program.ts";
import type { JsonObject, StepError } from "../events.ts";
import type { PlanStep } from "../plan.ts";
import { ROOT_NAMES } from "../root-names.ts";
import { outputReader } from "./output-reader.ts";
import { failureOf, noProblems, renderField, type RenderProblems } from "./render-field.ts";
import { type OwnNames, type RunReading, runScope } from "./run-scope.ts";

/** Everything that rendering takes from the shell (I8). */
export type RenderContext = RunReading & {
  /** Globals that look outside: files (L74). */
  readonly call: Host["call"];
  /** Bounds tighter than the language's, to find out what is worth a thread of its own. */
  readonly limits?: Partial<TemplateLimits>;
  /** Milliseconds of processor time so far. */
  readonly cpuMs: () => number;
};

/** What a step is when its turn comes: skipped, failed before its attempt, or ready for it (L50). */
export type RenderedStep =
  | { readonly kind: "skip" }
  | { readonly kind: "failed"; readonly error: StepError }
  | ReadyStep;

/** All rendered fields of a step. */
export type ReadyStep = {
  readonly kind: "ready";
  readonly parameters: JsonObject;
  /** L33; undefined for none. */
  readonly location?: string;
  readonly artifacts: readonly { readonly glob: string; readonly optional: boolean }[];
  /** L134; undefined when the step names none. */
  readonly models?: readonly string[];
};

/** Evaluates a step's condition and renders its fields. `decided`: the condition held before, and is not asked again (L78). */
export function renderStep(
  context: RenderContext,
  instance: Instance,
  { decided, recorded }: { decided: boolean; recorded: JsonObject | undefined },
): RenderedStep {
  const { step } = instance.place;
  const program = programOf(context.state.loaded, instance.place);
  const condition = decided ? undefined : program.condition;
  if (condition === undefined && program.isConstant && program.constant !== undefined) {
    return readyWith(program.constant, {});
  }
  const renderer = rendererOf({ ...context, at: instance }, step);
  return (
    (condition === undefined ? undefined : stopAt(condition, renderer)) ??
    renderFields(program, { step, renderer, recorded })
  );
}

/** Skip or failure, where the condition does not hold (L77, L78). */
function stopAt(
  { condition, path }: NonNullable<StepProgram["condition"]>,
  renderer: Renderer,
): RenderedStep | undefined {
  const outcome = evaluate(condition, renderer.environment({}));
  if (outcome.kind === "failed") {
    const error = stepError("CONDITION_ERROR", `${path}: ${outcome.message}`);
    return { kind: "failed", error };
  }
  return outcome.verdict ? undefined : { kind: "skip" };
}

function renderFields(
  program: StepProgram,
  {
    step,
    renderer,
    recorded,
  }: { step: PlanStep; renderer: Renderer; recorded: JsonObject | undefined },
): RenderedStep {
  const { location, model } = program;
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
  const models = model?.kind === "names" ? modelNames(model.names, { renderer, own }) : undefined;
  const error = failureOf(renderer.problems, { user: step.tool ?? step.operation });
  if (error !== undefined) {
    return { kind: "failed", error };
  }
  const fitted = fitParameters(parameters);
  return readyWith(withRecorded(fitted, recorded), {
    artifacts,
    ...(own.location === undefined ? {} : { location: own.location }),
    ...(models === undefined ? {} : { models }),
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

function readyWith(
  fitted: FittedParameters,
  rest: Partial<Omit<ReadyStep, "kind" | "parameters">>,
): RenderedStep {
  return fitted.kind === "failed"
    ? fitted
    : { kind: "ready", parameters: fitted.parameters, artifacts: [], ...rest };
}

/** Names that a plan's templates may use, for suggestions. */
export function namesIn({ loaded }: RunState): readonly string[] {
  return [...loaded.names.all, ...ROOT_NAMES];
}

type Renderer = {
  readonly problems: RenderProblems;
  environment(own: OwnNames): Environment;
  field(program: FieldProgram, own: OwnNames): Json;
};

/** One budget for everything that a step renders (L60). */
function rendererOf(context: RenderContext, step: PlanStep): Renderer {
  const budget = createBudget(context.limits, context.cpuMs);
  const problems = noProblems();
  const host = { now: () => new DateTime(context.nowMs), call: context.call };
  const output = outputReader(context, { host, budget });
  const produces = step.produces === null ? {} : { produces: step.produces };
  const environment = (own: OwnNames): Environment => ({
    scope: runScope(context, { own: { ...produces, ...own }, output }),
    host,
    budget,
    names: () => namesIn(context.state),
  });
  return {
    problems,
    environment,
    field: (program, own) => renderField(program, { env: environment(own), problems }),
  };
}

const EXTENSIONS: ReadonlyMap<string, string> = new Map([
  ["markdown", "md"],
  ["json", "json"],
  ["csv", "csv"],
  ["html", "html"],
]);

/** L33: a location that ends in `/` is a directory, and the file is named after the step. */
function ownNames({ id, produces }: PlanStep, rendered: Json): OwnNames {
  const text = textOf(rendered);
  if (text === "") {
    return {};
  }
  if (!text.endsWith("/")) {
    return { location: text };
  }
  const words = (produces ?? "").toLowerCase().split(/[^a-z]+/);
  const extension = words.map((word) => EXTENSIONS.get(word)).find((found) => found !== undefined);
  return { location: `${text}${id}.${extension ?? "txt"}` };
}

/** A name that renders as a list is several, tried in order (L134). */
function modelNames(
  programs: readonly FieldProgram[],
  { renderer, own }: { renderer: Renderer; own: OwnNames },
): readonly string[] {
  return programs
    .flatMap((program) => {
      const value = renderer.field(program, own);
      return Array.isArray(value) ? value : [value];
    })
    .map((name: Json) => textOf(name).trim())
    .filter((name) => name !== "");
}
