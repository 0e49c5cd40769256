import type { Context } from "../desugar/context.ts";
import type { CoreStep, StepDefaults } from "../desugar/core.ts";
import { readLabels } from "../desugar/read-labels.ts";
import { priorityValue } from "../desugar/read-settings.ts";
import { booleanValue, numberValue, textValue } from "../desugar/values.ts";
import { LIMITS } from "../limits.ts";
import type { ConditionField, PlanStep } from "../plan.ts";
import { jsonOfNode, soleAuto } from "../source/node.ts";
import { artifactsOf } from "./artifacts.ts";
import { attemptsOf, type WrittenAttempts } from "./attempts.ts";
import type { Call } from "./calls.ts";
import { type Checker, noUses, type Spot, type Uses } from "./checker.ts";
import { conditionFrom, fieldFrom } from "./fields.ts";
import { checkedSchema } from "./input-checks.ts";
import { checkModel } from "./model.ts";
import { checkParameters } from "./parameters.ts";
import {
  failureOf,
  type FailureChoice,
  placedKey,
  resourceLimitsOf,
  timeoutsOf,
} from "./policies.ts";
import { secretReads } from "./secrets.ts";
import { checkStepOutputs, declaredFields } from "./step-outputs.ts";

/** What the graph adds to a step. */
export type FromGraph = Pick<
  PlanStep,
  "waitsFor" | "dependencies" | "routes" | "elseOf" | "elseSteps" | "keepsParameters"
>;

/** A step whose own fields are checked. */
export type CheckedStep = {
  readonly core: CoreStep;
  readonly uses: Uses;
  readonly failure: FailureChoice;
  readonly condition: ConditionField | null;
  /** L165. */
  readonly isSensitive: boolean;
  /** Makes the step of the plan; `undefined` when what it calls is not known. */
  readonly complete: ((graph: FromGraph) => PlanStep) | undefined;
};

/** What every step inherits, read once. */
export type Inherited = { readonly defaults: StepDefaults; readonly attempts: WrittenAttempts };

/** Check the fields of a step by themselves. */
export function checkStep(
  checker: Checker,
  step: CoreStep,
  { call, inherited }: { readonly call: Call | undefined; readonly inherited: Inherited },
): CheckedStep {
  const uses = noUses();
  const { context } = checker;
  const { defaults } = inherited;
  const failure = failureOf(context, step, defaults);
  const scope = { kind: "step", id: step.id, index: step.index, own: NO_NAMES } as const;
  const spot: Spot = { step: step.id, path: "", scope, uses };
  const condition = checkCondition(checker, step, spot) ?? null;
  if (call === undefined) {
    return { core: step, uses, failure, condition, isSensitive: false, complete: undefined };
  }
  const own = { ...scope, own: ownNames(step) };
  const parameters = checkParameters(checker, { step, call, spot: { ...spot, scope: own } });
  const attempts = attemptsOf(context, {
    own: { keys: step.keys, path: "", step: step.id },
    defaults: inherited.attempts,
    retries: failure.retries,
  });
  const timeouts = timeoutsOf(context, step, { call, defaults });
  const model = checkModel(checker, { step, call, spot, defaults });
  const files = filesOf(checker, step, spot);
  const bounds = boundsOf(context, step);
  const extras = extrasOf(checker, { step, call, uses });
  const { repeatable, announces } = repetitionOf(context, step, { call, parameters });
  // One literal: at 10,000 steps, putting it together by spreading takes a tenth of the whole compilation.
  const complete = (graph: FromGraph): PlanStep => ({
    kind: "task",
    id: step.id,
    index: step.index,
    tool: call.tool,
    operation: call.spec.name,
    nature: call.spec.nature,
    parameters,
    condition,
    waitsFor: graph.waitsFor,
    dependencies: graph.dependencies,
    routes: graph.routes,
    elseSteps: graph.elseSteps,
    elseOf: graph.elseOf,
    onFailure: failure.policy,
    attempts,
    timeouts,
    repeatable,
    announces: announces || uses.impure,
    keepsParameters: graph.keepsParameters,
    location: files.location,
    produces: files.produces,
    artifacts: files.artifacts,
    outputSchema: bounds.outputSchema,
    sizeLimit: bounds.sizeLimit,
    model,
    priority: bounds.priority,
    resourceLimits: bounds.resourceLimits,
    ...extras,
  });
  return { core: step, uses, failure, condition, isSensitive: extras.sensitive ?? false, complete };
}

/** What few steps have. */
function extrasOf(
  { context }: Checker,
  { step, call, uses }: { step: CoreStep; call: Call; uses: Uses },
): Pick<PlanStep, "reads" | "sensitive" | "labels" | "outputFields"> {
  checkStepOutputs(context, step);
  const reads = secretReads(uses);
  const labels = readLabels(context, { keys: step.keys, step: step.id });
  const fields = call.spec.nature === "model" ? [] : [...(declaredFields(step) ?? [])];
  return {
    ...(reads === undefined ? {} : { reads }),
    ...(isSensitive(context, step) ? { sensitive: true } : {}),
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    ...(fields.length === 0 ? {} : { outputFields: fields }),
  };
}

function isSensitive(context: Context, step: CoreStep): boolean {
  const placed = placedKey(step, "sensitive");
  return placed !== undefined && booleanValue(context, placed) === true;
}

const NO_NAMES: ReadonlySet<string> = new Set();

/** L33: `location` and `produces` are bare names inside the step's own parameters. */
function ownNames(step: CoreStep): ReadonlySet<string> {
  const names = ["location", "produces"].filter((key) => step.keys.has(key));
  return new Set(step.keys.has("format") ? [...names, "produces"] : names);
}

function checkCondition(checker: Checker, step: CoreStep, spot: Spot) {
  const entry = step.keys.get("condition");
  return entry && conditionFrom(checker, entry.value, { ...spot, path: entry.key });
}

function filesOf(
  checker: Checker,
  step: CoreStep,
  spot: Spot,
): Pick<PlanStep, "location" | "produces" | "artifacts"> {
  const location = step.keys.get("location");
  return {
    location:
      location === undefined
        ? null
        : fieldFrom(checker, location.value, { ...spot, path: "location" }),
    produces: producesOf(checker.context, step),
    artifacts: artifactsOf(checker, step, spot),
  };
}

/** A word for what comes out; an AUTO here is not asked, its text says what is wanted (L33). `format` fills in (L34). */
function producesOf(context: Context, step: CoreStep): string | null {
  const placed = placedKey(step, "produces") ?? placedKey(step, "format");
  const auto = placed && soleAuto(placed.entry.value);
  if (auto !== undefined) {
    return auto.body;
  }
  return placed === undefined ? null : (textValue(context, placed) ?? null);
}

function boundsOf(
  context: Context,
  step: CoreStep,
): Pick<PlanStep, "outputSchema" | "sizeLimit" | "priority" | "resourceLimits"> {
  const schema = placedKey(step, "output_schema");
  const size = placedKey(step, "size_limit");
  const priority = placedKey(step, "priority");
  return {
    outputSchema:
      schema === undefined
        ? null
        : (checkedSchema(context, schema, jsonOfNode(schema.entry.value)) ?? null),
    sizeLimit:
      size === undefined
        ? null
        : (numberValue(context, size, { min: 0, max: LIMITS.resultBytes }) ?? null),
    priority: priority === undefined ? 0 : (priorityValue(context, priority) ?? 0),
    resourceLimits: resourceLimitsOf(context, step),
  };
}

/** L51: what becomes of an attempt whose executor vanished. */
function repetitionOf(
  context: Context,
  step: CoreStep,
  { call, parameters }: { call: Call; parameters: PlanStep["parameters"] },
): Pick<PlanStep, "repeatable" | "announces"> {
  const placed = placedKey(step, "idempotent");
  const says = placed !== undefined && booleanValue(context, placed) === true;
  const repeatable = says || isRepeatable(call, parameters);
  return { repeatable, announces: !repeatable || call.spec.nature === "model" };
}

function isRepeatable({ spec }: Call, parameters: PlanStep["parameters"]): boolean {
  const { repeatable } = spec;
  if (typeof repeatable === "boolean") {
    return repeatable;
  }
  const { parameter, is } = repeatable.unless;
  const field = parameters.find(({ name }) => name === parameter)?.field;
  if (field === undefined) {
    return spec.parameters.find(({ name }) => name === parameter)?.default !== is;
  }
  // What a template will give is not known, so it may be the one that must not be repeated.
  return field.kind === "literal" && !isSame(field.value, is);
}

function isSame(a: unknown, b: unknown): boolean {
  return typeof a === "string" && typeof b === "string"
    ? a.trim().toLowerCase() === b.toLowerCase()
    : a === b;
}
