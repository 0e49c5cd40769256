import type { JsonObject, StepError } from "../events.ts";
import { fit } from "../fit.ts";
import type { ModelField, PlanParameter } from "../plan.ts";
import {
  type FieldProgram,
  loadCondition,
  loadField,
  type Needs,
  noNeeds,
} from "./field-program.ts";
import type { LoadedPlan, LoadedStep } from "./loaded-plan.ts";
import { stepError } from "./step-error.ts";
import { stepsRead } from "./steps-read.ts";

/** What a step renders when it starts, parsed. */
export type StepProgram = {
  readonly condition: (FieldProgram & { readonly kind: "condition" }) | undefined;
  readonly parameters: readonly ParameterProgram[];
  /** All parameters, when nothing in them is a template. */
  readonly constant: FittedParameters | undefined;
  /** There is nothing to render beside parameters. */
  readonly isConstant: boolean;
  readonly location: FieldProgram | undefined;
  readonly artifacts: readonly { readonly glob: FieldProgram; readonly optional: boolean }[];
  readonly models: readonly ModelProgram[];
  /** What the AUTO of its `goto` says (L87). */
  readonly route: FieldProgram | undefined;
  /** Steps whose results it may read. */
  readonly reads: readonly LoadedStep[];
  /** Rendering it again could give something else (I8). */
  readonly impure: boolean;
};

/** A parameter with its field parsed. */
export type ParameterProgram = {
  readonly parameter: PlanParameter;
  readonly field: FieldProgram;
};

/** A place where a step gets a model from, in the order in which they are tried. */
export type ModelProgram =
  | { readonly kind: "name"; readonly name: FieldProgram }
  | {
      readonly kind: "auto";
      readonly path: string;
      readonly attributes: Readonly<Record<string, string>>;
      readonly reason: FieldProgram;
    };

/** Parameters as their tool gets them, or why it does not get them (L8). */
export type FittedParameters =
  | { readonly kind: "fitted"; readonly parameters: JsonObject }
  | { readonly kind: "failed"; readonly error: StepError };

/** Parses what a step renders. */
export function loadStep(place: LoadedStep, loaded: LoadedPlan): StepProgram {
  const { step } = place;
  if (step.kind !== "task") {
    throw new Error(`the step "${step.id}" holds others, and calls nothing itself`);
  }
  const needs = noNeeds();
  const options = { names: loaded.names, needs };
  const parameters = step.parameters.map((parameter) => ({
    parameter,
    field: parameterField(parameter, options),
  }));
  const condition = step.condition === null ? undefined : loadCondition(step.condition, options);
  const location = step.location === null ? undefined : loadField(step.location, options);
  const artifacts = step.artifacts.map(({ glob, optional }) => ({
    glob: loadField(glob, options),
    optional,
  }));
  const models = step.model === null ? [] : loadModel(step.model, options);
  const route = step.gotoAuto === undefined ? undefined : loadField(step.gotoAuto.body, options);
  needs.asks ||= route !== undefined;
  return {
    condition,
    parameters,
    constant: constantOf(parameters),
    isConstant:
      location === undefined &&
      artifacts.length === 0 &&
      models.length === 0 &&
      route === undefined,
    location,
    artifacts,
    models,
    route,
    reads: needs.asks
      ? withDependencies(place, needs, loaded)
      : stepsRead(needs, { loaded, block: place.block }),
    impure: needs.impure,
  };
}

/** Fits rendered values to the types that their parameters declare (L8). */
export function fitParameters(
  values: readonly (readonly [PlanParameter, FittableValue])[],
): FittedParameters {
  const fitted: [string, FittableValue][] = [];
  const problems: string[] = [];
  for (const [{ name, type, required }, value] of values) {
    if (value === null && type.kind !== "any") {
      if (required) {
        problems.push(`${name} is required, and is null`);
      }
      continue;
    }
    const outcome = fit(value, type);
    if (outcome.kind === "fits") {
      fitted.push([name, outcome.value]);
    } else {
      problems.push(`${name}: ${outcome.message}`);
    }
  }
  return problems.length === 0
    ? { kind: "fitted", parameters: Object.fromEntries(fitted) }
    : { kind: "failed", error: stepError("PARAMETER_INVALID", problems.join("; ")) };
}

type FittableValue = JsonObject[string];

/** A parameter of type condition is an expression in its own grammar (L75). */
function parameterField(
  { field, type }: PlanParameter,
  options: { names: LoadedPlan["names"]; needs: Needs },
): FieldProgram {
  if (type.kind !== "condition" || (field.kind !== "template" && field.kind !== "literal")) {
    return loadField(field, options);
  }
  const source = field.kind === "template" ? field.source : field.value;
  if (typeof source !== "string" && typeof source !== "boolean") {
    return loadField(field, options);
  }
  const place = field.kind === "template" ? field : { path: "parameters", line: 0, column: 0 };
  const { path, line, column } = place;
  const autos =
    field.kind === "template" && field.autos !== undefined ? { autos: field.autos } : {};
  return loadCondition({ source, path, line, column, ...autos }, options);
}

function loadModel(
  model: ModelField,
  options: { names: LoadedPlan["names"]; needs: Needs },
): readonly ModelProgram[] {
  switch (model.kind) {
    case "names":
      return model.names.map((name) => ({ kind: "name", name: loadField(name, options) }));
    case "auto":
      return [{ ...model, reason: loadField(model.reason, options) }];
    case "list":
      return model.models.flatMap((each) => loadModel(each, options));
  }
}

function constantOf(parameters: readonly ParameterProgram[]): FittedParameters | undefined {
  const values = parameters.flatMap(({ parameter, field }) =>
    field.kind === "literal" ? [[parameter, field.value] as const] : [],
  );
  return values.length === parameters.length ? fitParameters(values) : undefined;
}

/** A question shows the results of direct dependencies (L128). */
function withDependencies(
  { step, block }: LoadedStep,
  needs: Needs,
  loaded: LoadedPlan,
): readonly LoadedStep[] {
  const wanted = new Set(step.dependencies);
  const read = stepsRead(needs, { loaded, block });
  const shown = block.steps.filter(({ step: { id } }) => wanted.has(id));
  return [...new Set([...read, ...shown])];
}
