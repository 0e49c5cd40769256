import { evaluate, type Json, textOf } from "@orchestrator/template";

import type { AutoQuestion } from "../auto/auto-question.ts";
import { mostInstances } from "../engine/apply.ts";
import type { FieldProgram } from "../engine/field-program.ts";
import type { Instance } from "../engine/frame.ts";
import { containerOf } from "../engine/loaded-plan.ts";
import { readBy } from "../engine/read-by.ts";
import { isObject, type RunState } from "../engine/run-state.ts";
import { stepError } from "../engine/step-error.ts";
import type { LoopBounds, StepError } from "../events.ts";
import { fit } from "../fit.ts";
import { LIMITS } from "../limits.ts";
import type { Viewpoint } from "./reading.ts";
import { environmentFor, failureOf } from "./render-field.ts";
import { ownNames, type RenderContext, type Renderer, rendererOf } from "./renderer.ts";

/** What becomes of a container when its turn comes (L50). */
export type StartedContainer =
  | { readonly kind: "skip" }
  | { readonly kind: "failed"; readonly error: StepError }
  /** AUTO tags are to be resolved first (L130); then it is started again. */
  | { readonly kind: "ask"; readonly questions: readonly AutoQuestion[] }
  | { readonly kind: "started"; readonly bounds: LoopBounds };

/** Whether an iteration runs. */
export type DecidedIteration =
  /** AUTO tags are to be resolved first (L130). */
  | { readonly kind: "ask"; readonly questions: readonly AutoQuestion[] }
  | { readonly kind: "verdict"; readonly verdict: boolean }
  | { readonly kind: "failed"; readonly error: StepError };

/** What a container that has succeeded leaves. */
export type EndedContainer =
  | {
      readonly kind: "ready";
      readonly location?: string;
      readonly artifacts: readonly { readonly glob: string; readonly optional: boolean }[];
    }
  | { readonly kind: "failed"; readonly error: StepError };

/** What is evaluated of a container. */
export type ContainerPart =
  | { readonly kind: "start" }
  | { readonly kind: "verdict"; readonly iteration: number }
  | { readonly kind: "end" };

/** What came of it. */
export type RenderedContainer =
  | { readonly kind: "start"; readonly start: StartedContainer }
  | { readonly kind: "verdict"; readonly verdict: DecidedIteration }
  | { readonly kind: "end"; readonly end: EndedContainer };

/** Evaluates a part of a container. */
export function renderContainer(
  context: RenderContext,
  container: Instance,
  part: ContainerPart,
): RenderedContainer {
  switch (part.kind) {
    case "start":
      return { kind: "start", start: startContainer(context, container) };
    case "verdict":
      return { kind: "verdict", verdict: decideIteration(context, container, part.iteration) };
    case "end":
      return { kind: "end", end: endContainer(context, container) };
  }
}

/** What a part of a container takes, seen from the frame that it is seen from. */
export function needsOfContainer(
  { loaded }: RunState,
  container: Instance,
  part: ContainerPart,
): { readonly impure: boolean; readonly reads: readonly Instance[] } {
  const program = containerOf(loaded, container.place)[part.kind];
  const inner = part.kind === "verdict" ? container.frames?.[part.iteration - 1] : undefined;
  return { impure: program.impure, reads: readBy(inner ?? container.frame, program.reads) };
}

/** Evaluates a container's condition, its list and its bounds: once (L105, L113). */
export function startContainer(context: RenderContext, container: Instance): StartedContainer {
  const { step } = container.place;
  const { start } = containerOf(context.state.loaded, container.place);
  const renderer = rendererOf(
    seenFrom(context, { frame: container.frame, at: container }),
    container,
  );
  if (start.condition !== undefined) {
    const decided = verdictOf(start.condition, renderer);
    if (decided.kind === "verdict" && !decided.verdict) {
      return { kind: "skip" };
    }
    if (decided.kind !== "verdict") {
      return decided;
    }
  }
  const problems: StepError[] = [];
  const items =
    start.source === undefined ? undefined : itemsOf(start.source, { renderer, problems });
  const integer = (field: FieldProgram | undefined, bound: Bound): number | undefined =>
    field === undefined ? undefined : numberOf(field, { bound, renderer, problems });
  const bounds: LoopBounds = {
    ...(items === undefined ? {} : { items }),
    ...some("maxIterations", integer(start.maxIterations, ITERATIONS)),
    ...some("maxParallel", integer(start.maxParallel, PARALLEL)),
    ...some("minSuccessRate", integer(start.minSuccessRate, RATE)),
  };
  const unresolved = failureOf(renderer.problems, { user: `the loop ${step.id}` });
  const { questions } = renderer.autos;
  if (unresolved === undefined && questions.length > 0) {
    return { kind: "ask", questions };
  }
  const error = unresolved ?? problems[0] ?? tooMany(context, container, bounds);
  return error === undefined ? { kind: "started", bounds } : { kind: "failed", error };
}

/** Evaluates whether an iteration runs: its condition (L113), or what a repetition goes on by (L108). */
export function decideIteration(
  context: RenderContext,
  container: Instance,
  iteration: number,
): DecidedIteration {
  const { verdict } = containerOf(context.state.loaded, container.place);
  const before = container.frames?.[iteration - 1];
  const isFilter = verdict.filter !== undefined;
  const frame = isFilter ? container.frame : (before ?? container.frame);
  const seen = seenFrom(context, { frame, loop: { container, iteration } });
  const renderer = rendererOf(seen, container);
  if (isFilter) {
    return verdictOf(verdict.filter, renderer);
  }
  if (verdict.until !== undefined && iteration > 0) {
    const ends = verdictOf(verdict.until, renderer);
    if (ends.kind !== "verdict" || ends.verdict) {
      return ends.kind === "verdict" ? { kind: "verdict", verdict: false } : ends;
    }
  }
  return verdict.while === undefined
    ? { kind: "verdict", verdict: true }
    : verdictOf(verdict.while, renderer);
}

/** Renders what a container leaves in files (L33, L36). */
export function endContainer(context: RenderContext, container: Instance): EndedContainer {
  const { step } = container.place;
  const { end } = containerOf(context.state.loaded, container.place);
  const renderer = rendererOf(
    seenFrom(context, { frame: container.frame, at: container }),
    container,
  );
  const rendered = end.location === undefined ? null : renderer.field(end.location, {});
  const { location } = ownNames(step, rendered);
  const artifacts = end.artifacts.map(({ glob, optional }) => ({
    glob: textOf(renderer.field(glob, {})),
    optional,
  }));
  const error = failureOf(renderer.problems, { user: `the loop ${step.id}` });
  return error === undefined
    ? { kind: "ready", artifacts, ...some("location", location) }
    : { kind: "failed", error };
}

function seenFrom(context: RenderContext, from: Viewpoint): RenderContext {
  return { ...context, from };
}

function verdictOf(
  { condition, path, autos }: FieldProgram & { readonly kind: "condition" },
  renderer: Renderer,
): DecidedIteration {
  const env = environmentFor(autos, renderer.rendering({}));
  if (env === undefined) {
    const error = failureOf(renderer.problems, { user: "the condition" });
    const { questions } = renderer.autos;
    return error === undefined ? { kind: "ask", questions } : { kind: "failed", error };
  }
  const outcome = evaluate(condition, env);
  return outcome.kind === "failed"
    ? { kind: "failed", error: stepError("CONDITION_ERROR", `${path}: ${outcome.message}`) }
    : { kind: "verdict", verdict: outcome.verdict };
}

type Evaluating = { readonly renderer: Renderer; readonly problems: StepError[] };

/** L105: text is never split, and a mapping is walked by its entries. */
function itemsOf(source: FieldProgram, { renderer, problems }: Evaluating): readonly Json[] {
  const value = renderer.field(source, {});
  const items = listOf(value);
  if (items === undefined) {
    const what = typeof value === "string" ? "a text that reads as no list" : typeof value;
    problems.push(stepError("LOOP_SOURCE", `the loop walks a list or a mapping, not ${what}`));
    return [];
  }
  if (items.length > LIMITS.loopItems) {
    const text = `the list has ${items.length} items, and a loop walks at most ${LIMITS.loopItems}`;
    problems.push(stepError("LIMIT_EXCEEDED", text));
  }
  return items;
}

function listOf(value: Json): readonly Json[] | undefined {
  if (value === null) {
    return [];
  }
  if (isList(value)) {
    return value;
  }
  if (isObject(value)) {
    return Object.entries(value).map(([key, each]) => ({ key, value: each }));
  }
  if (typeof value !== "string" || !value.trimStart().startsWith("[")) {
    return undefined;
  }
  const fitted = fit(value, { kind: "array" });
  return fitted.kind === "fits" && isList(fitted.value) ? fitted.value : undefined;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

type Bound = {
  readonly name: string;
  readonly kind: "integer" | "number";
  readonly min: number;
  readonly max: number;
};

const ITERATIONS: Bound = {
  name: "max_iterations",
  kind: "integer",
  min: 0,
  max: LIMITS.maxIterations,
};
const PARALLEL: Bound = { name: "max_parallel", kind: "integer", min: 1, max: LIMITS.maxParallel };
const RATE: Bound = { name: "min_success_rate", kind: "number", min: 0, max: 1 };

function numberOf(
  field: FieldProgram,
  { bound, renderer, problems }: Evaluating & { bound: Bound },
): number | undefined {
  const { name, kind, min, max } = bound;
  const fitted = fit(renderer.field(field, {}), { kind });
  const value = fitted.kind === "fits" ? fitted.value : undefined;
  if (typeof value !== "number" || value < min) {
    const text = `${name} is ${kind === "integer" ? "an integer" : "a number"} from ${min}`;
    problems.push(stepError("PARAMETER_INVALID", text));
    return undefined;
  }
  if (value > max) {
    problems.push(stepError("LIMIT_EXCEEDED", `${name} is at most ${max}, not ${value}`));
  }
  return value;
}

/** L218: a loop fails before it starts, rather than in the middle. */
function tooMany(
  { state }: RenderContext,
  container: Instance,
  bounds: LoopBounds,
): StepError | undefined {
  const more = mostInstances(container.place, bounds);
  if (state.instances + more <= LIMITS.instances) {
    return undefined;
  }
  const text = `${more} more steps would make the run have more than ${LIMITS.instances}`;
  return stepError("LIMIT_EXCEEDED", text);
}

function some<K extends string, V>(key: K, value: V | undefined): { readonly [key in K]?: V } {
  const one: { [key in K]?: V } = {};
  if (value !== undefined) {
    one[key] = value;
  }
  return one;
}
