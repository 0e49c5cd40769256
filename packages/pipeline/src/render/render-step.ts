import {
  createBudget,
  DateTime,
  evaluate,
  type Host,
  type Json,
  type TemplateLimits,
  textOf,
} from "@orchestrator/template";

import type { AutoQuestion } from "../auto/auto-question.ts";
import type { FieldProgram } from "../engine/field-program.ts";
import { idOf, type Instance } from "../engine/frame.ts";
import { programOf } from "../engine/loaded-plan.ts";
import type { RunState } from "../engine/run-state.ts";
import { stepError } from "../engine/step-error.ts";
import {
  fitParameters,
  type FittedParameters,
  type ModelProgram,
  type StepProgram,
} from "../engine/step-program.ts";
import type { JsonObject, StepError } from "../events.ts";
import type { PlanStep } from "../plan.ts";
import { ROOT_NAMES } from "../root-names.ts";
import { type AutoReader, responseTo, stepAutos } from "./auto-reader.ts";
import { outputReader } from "./output-reader.ts";
import {
  environmentFor,
  failureOf,
  type FieldRendering,
  noProblems,
  renderField,
  type RenderProblems,
} from "./render-field.ts";
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
  const program = programOf(context.state.loaded, instance.place);
  const condition = decided ? undefined : program.condition;
  if (condition === undefined && program.isConstant && program.constant !== undefined) {
    return readyWith(program.constant, {});
  }
  const renderer = rendererOf({ ...context, at: instance }, instance);
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
  }: { step: PlanStep; renderer: Renderer; recorded: JsonObject | undefined },
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
  { gotoAuto, routes }: PlanStep,
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

/** Names that a plan's templates may use, for suggestions. */
export function namesIn({ loaded }: RunState): readonly string[] {
  return [...loaded.names.all, ...ROOT_NAMES];
}

type Renderer = {
  readonly problems: RenderProblems;
  readonly autos: AutoReader;
  /** Where a model's name that came with the run is looked for (L131). */
  readonly response: (path: string) => { readonly value: Json } | undefined;
  rendering(own: OwnNames): FieldRendering;
  field(program: FieldProgram, own: OwnNames): Json;
};

/** One budget for everything that a step renders (L60). */
function rendererOf(context: RenderContext, instance: Instance): Renderer {
  const { step } = instance.place;
  const budget = createBudget(context.limits, context.cpuMs);
  const problems = noProblems();
  const autos = stepAutos(context, instance);
  const host = { now: () => new DateTime(context.nowMs), call: context.call };
  const output = outputReader(context, { host, budget, questions: autos.questions });
  const produces = step.produces === null ? {} : { produces: step.produces };
  const rendering = (own: OwnNames): FieldRendering => ({
    env: {
      scope: runScope(context, { own: { ...produces, ...own }, output }),
      host,
      budget,
      names: () => namesIn(context.state),
    },
    problems,
    autos,
  });
  const { autoResponses: responses } = context.state;
  return {
    problems,
    autos,
    response: (path) => responseTo({ names: [idOf(instance), step.id], responses }, path),
    rendering,
    field: (program, own) => renderField(program, rendering(own)),
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
