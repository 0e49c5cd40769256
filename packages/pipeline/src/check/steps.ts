import type { OperationSpec } from "../catalogue.ts";
import type { Context } from "../desugar/context.ts";
import type { CoreStep, StepDefaults } from "../desugar/core.ts";
import { readLabels } from "../desugar/read-labels.ts";
import { priorityValue } from "../desugar/read-settings.ts";
import { booleanOf, booleanValue, numberValue, textValue } from "../desugar/values.ts";
import { LIMITS } from "../limits.ts";
import type { ConditionField, PlanStep, TaskStep } from "../plan.ts";
import { jsonOfNode, soleAuto, wordOf } from "../source/node.ts";
import { artifactsOf } from "./artifacts.ts";
import { attemptsOf, type WrittenAttempts } from "./attempts.ts";
import { autoRoute } from "./auto-route.ts";
import type { Call } from "./calls.ts";
import type { CatalogueIndex } from "./catalogue-index.ts";
import { addUses, type Checker, type LoopScope, noUses, type Spot, type Uses } from "./checker.ts";
import { conditionFrom, fieldFrom } from "./fields.ts";
import { checkedSchema } from "./input-checks.ts";
import { checkModel } from "./model.ts";
import { offeredTools } from "./offered-tools.ts";
import { checkParameters } from "./parameters.ts";
import {
  failureOf,
  type FailureChoice,
  placedKey,
  resourceLimitsOf,
  timeoutsOf,
} from "./policies.ts";
import { requiredModel } from "./required-model.ts";
import { secretReads } from "./secrets.ts";
import { checkStepOutputs, declaredFields } from "./step-outputs.ts";

/** What the graph adds to a step. */
export type FromGraph = Pick<
  TaskStep,
  "waitsFor" | "dependencies" | "routes" | "elseOf" | "elseSteps" | "keepsParameters"
> & {
  /** Of a container. */
  readonly body: readonly PlanStep[];
};

/** A step whose own fields are checked. */
export type CheckedStep = {
  readonly core: CoreStep;
  readonly uses: Uses;
  readonly failure: FailureChoice;
  readonly condition: ConditionField | null;
  /** L165. */
  readonly isSensitive: boolean;
  /** What an executor must offer for tools that its model may call (L142). */
  readonly requires: readonly string[];
  /** Makes the step of the plan; `undefined` when what it calls is not known. */
  readonly complete: ((graph: FromGraph) => PlanStep) | undefined;
  /** Of the one step of a loop: its `location` is of each iteration, not of the loop (L33). */
  readonly locatesIterations?: boolean;
};

/** What every step inherits, read once. */
export type Inherited = {
  readonly defaults: StepDefaults;
  readonly attempts: WrittenAttempts;
  readonly index: CatalogueIndex;
};

/** Check the fields of a step by themselves. */
export function checkStep(
  checker: Checker,
  step: CoreStep,
  {
    call,
    inherited,
    loops,
  }: {
    readonly call: Call | undefined;
    readonly inherited: Inherited;
    /** Inner first. */
    readonly loops: readonly LoopScope[];
  },
): CheckedStep {
  const uses = noUses();
  const { context } = checker;
  const { defaults, index } = inherited;
  // What the policy of a single-step loop says is said of the loop (L114).
  const failure = policyOf(context, step, defaults);
  const { id, ordinal } = step;
  const scope = { kind: "step", id, ordinal, own: NO_NAMES, loops } as const;
  const spot: Spot = { step: step.id, path: "", scope, uses };
  const condition = step.single ? null : (checkCondition(checker, step, spot) ?? null);
  const known = { core: step, uses, failure, condition };
  if (call === undefined) {
    return { ...known, isSensitive: false, requires: [], complete: undefined };
  }
  const own = { ...scope, own: ownNames(step) };
  const parameters = checkParameters(checker, { step, call, spot: { ...spot, scope: own } });
  const attempts = attemptsOf(context, {
    own: { keys: step.keys, path: "", step: step.id },
    defaults: inherited.attempts,
    retries: failure.retries,
  });
  const tools = offeredTools(checker, { step, call, index });
  const fileSpot = { ...spot, uses: noUses() };
  const parts: StepParts = {
    ...known,
    call,
    parameters,
    attempts,
    timeouts: timeoutsOf(context, step, { call, defaults }),
    model: checkModel(checker, { step, call, spot, defaults }),
    files: filesOf(checker, step, fileSpot),
    bounds: boundsOf(context, step),
    resourceLimits: resourceLimitsOf(context, step),
    extras: extrasOf(checker, step, { call, spot }),
    repetition: repetitionOf(context, step, { call, parameters, tools }),
  };
  addUses(uses, fileSpot.uses);
  return {
    ...known,
    locatesIterations: call.tool !== null || fileSpot.uses.loops.size > 0,
    isSensitive: parts.extras.sensitive ?? false,
    requires: tools.flatMap((tool) => tool.requires ?? []),
    complete: (graph) => planStep(parts, graph),
  };
}

type StepParts = Pick<CheckedStep, "core" | "uses" | "failure" | "condition"> &
  Pick<TaskStep, "parameters" | "attempts" | "timeouts" | "model" | "resourceLimits"> & {
    readonly call: Call;
    readonly files: ReturnType<typeof filesOf>;
    readonly bounds: ReturnType<typeof boundsOf>;
    readonly extras: ReturnType<typeof extrasOf>;
    readonly repetition: ReturnType<typeof repetitionOf>;
  };

/** One literal: at 10,000 steps, putting it together by spreading takes a tenth of the whole compilation. */
function planStep(parts: StepParts, graph: FromGraph): TaskStep {
  const { core, call, uses, failure, files, bounds, repetition } = parts;
  return {
    kind: "task",
    id: core.id,
    index: core.index,
    tool: call.tool,
    operation: call.spec.name,
    nature: call.spec.nature,
    parameters: parts.parameters,
    condition: parts.condition,
    waitsFor: graph.waitsFor,
    dependencies: graph.dependencies,
    routes: graph.routes,
    elseSteps: graph.elseSteps,
    elseOf: graph.elseOf,
    onFailure: failure.policy,
    attempts: parts.attempts,
    timeouts: parts.timeouts,
    repeatable: repetition.repeatable,
    announces: repetition.announces || uses.impure,
    keepsParameters: graph.keepsParameters,
    location: files.location,
    produces: files.produces,
    artifacts: files.artifacts,
    outputSchema: bounds.outputSchema,
    sizeLimit: bounds.sizeLimit,
    model: parts.model,
    priority: bounds.priority,
    resourceLimits: parts.resourceLimits,
    ...parts.extras,
  };
}

/** What few steps have. */
function extrasOf(
  checker: Checker,
  step: CoreStep,
  { call, spot }: { call: Call; spot: Spot },
): Pick<
  TaskStep,
  "reads" | "sensitive" | "labels" | "outputFields" | "requiresModel" | "description" | "gotoAuto"
> {
  const { context } = checker;
  const { uses } = spot;
  const required = requiredModel(context, step);
  const gotoAuto = autoRoute(checker, step, spot);
  checkStepOutputs(context, step);
  const reads = secretReads(uses);
  const labels = readLabels(context, { keys: step.keys, step: step.id });
  const fields = call.spec.nature === "model" ? [] : [...(declaredFields(step) ?? [])];
  return {
    ...(reads === undefined ? {} : { reads }),
    ...(isSensitive(context, step) || asksPassword(call) ? { sensitive: true } : {}),
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    ...(fields.length === 0 ? {} : { outputFields: fields }),
    ...(required === undefined ? {} : { requiresModel: required }),
    ...(gotoAuto === undefined ? {} : { gotoAuto }),
    ...(uses.autos === 0 ? {} : describedBy(step)),
  };
}

/** What an AUTO of the step is told of it (L128). */
function describedBy(step: CoreStep): Pick<TaskStep, "description"> {
  const description = wordOf(step.keys.get("description")?.value);
  return description === undefined || description === "" ? {} : { description };
}

/** Whether what a step gives and is given is not shown (L165). */
export function isSensitive(context: Context, step: CoreStep): boolean {
  const placed = placedKey(step, "sensitive");
  return placed !== undefined && booleanValue(context, placed) === true;
}

/** L153: a password is sensitive, and so is what might be one. */
function asksPassword({ tool, arguments: given }: Call): boolean {
  const type = given.find(({ entry }) => entry.key === "input_type")?.entry.value;
  const word = wordOf(type)?.trim().toLowerCase() ?? "";
  return tool === "user-prompt" && type !== undefined && !PLAIN_INPUTS.has(word);
}

const PLAIN_INPUTS = new Set(["text", "number", "boolean", "choice", "multiline"]);

const NO_NAMES: ReadonlySet<string> = new Set();

function policyOf(context: Context, step: CoreStep, defaults: StepDefaults): FailureChoice {
  if (step.single) {
    return bodyFailure(step);
  }
  const { container, keys } = step;
  const isWritten = keys.has("on_failure") || keys.has("continue_on_error");
  if (container?.form !== "action_loop" || isWritten) {
    return failureOf(context, step, defaults);
  }
  // L122: an action that fails does not end the iteration.
  const breaks = container.keys.get("break_on_error");
  const policy = breaks !== undefined && booleanOf(breaks.value) === true ? "fail" : "continue";
  return { policy, retries: false, target: undefined };
}

function bodyFailure({ keys }: CoreStep): FailureChoice {
  const retries = wordOf(keys.get("on_failure")?.value)?.toLowerCase() === "retry";
  return { policy: "fail", retries, target: undefined };
}

/** L33: `location` and `produces` are bare names inside the step's own parameters. */
function ownNames(step: CoreStep): ReadonlySet<string> {
  const names = ["location", "produces"].filter((key) => step.keys.has(key));
  return new Set(step.keys.has("format") ? [...names, "produces"] : names);
}

function checkCondition(checker: Checker, step: CoreStep, spot: Spot) {
  const entry = step.keys.get("condition");
  return entry && conditionFrom(checker, entry.value, { ...spot, path: entry.key });
}

/** Read what a step leaves in files (L33, L36). */
export function filesOf(
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

/** Read what bounds the result of a step, and its place among others (L34, L160). */
export function boundsOf(
  context: Context,
  step: CoreStep,
): Pick<PlanStep, "outputSchema" | "sizeLimit" | "priority"> {
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
  };
}

/** L51: what becomes of an attempt whose executor vanished. */
function repetitionOf(
  context: Context,
  step: CoreStep,
  {
    call,
    parameters,
    tools,
  }: {
    call: Call;
    parameters: TaskStep["parameters"];
    tools: readonly OperationSpec[];
  },
): Pick<TaskStep, "repeatable" | "announces"> {
  const placed = placedKey(step, "idempotent");
  const says = placed !== undefined && booleanValue(context, placed) === true;
  const toolsAre = tools.every((tool) => tool.repeatable === true);
  const repeatable = says || (toolsAre && isRepeatable(call, parameters));
  return { repeatable, announces: !repeatable || call.spec.nature === "model" };
}

function isRepeatable({ spec }: Call, parameters: TaskStep["parameters"]): boolean {
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
