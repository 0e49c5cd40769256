import { find } from "../desugar/context.ts";
import type { CoreStep } from "../desugar/core.ts";
import { checkName, reservedReason, VERDICT_NAMES } from "../desugar/names.ts";
import { readLabels } from "../desugar/read-labels.ts";
import { booleanValue, durationValue, numberOf, wrongShape } from "../desugar/values.ts";
import { LIMITS } from "../limits.ts";
import type { ConditionField, Field, GroupStep, LoopStep, TimeoutPolicy } from "../plan.ts";
import { type Node, wordOf } from "../source/node.ts";
import { type Checker, type LoopScope, noUses, type Spot } from "./checker.ts";
import { conditionFrom, fieldFrom } from "./fields.ts";
import { refuseAutos, warnOfUnused } from "./loop-keys.ts";
import { bodyScope } from "./loop-scope.ts";
import { nameKey } from "./names.ts";
import { failureOf, placedKey } from "./policies.ts";
import {
  boundsOf,
  type CheckedStep,
  filesOf,
  type FromGraph,
  type Inherited,
  isSensitive,
} from "./steps.ts";

/** A container whose own fields are checked, and the loops that its body sees, inner first. */
export type CheckedContainer = {
  readonly step: CheckedStep;
  readonly inside: readonly LoopScope[];
};

/** Check the fields of a loop or group by themselves (§9). */
export function checkContainer(
  checker: Checker,
  core: CoreStep,
  { inherited, loops }: { readonly inherited: Inherited; readonly loops: readonly LoopScope[] },
): CheckedContainer {
  const { context } = checker;
  const uses = noUses();
  const { id, ordinal } = core;
  const scope = { kind: "step", id, ordinal, own: new Set<string>(), loops } as const;
  const spot: Spot = { step: id, path: "", scope, uses };
  const failure = failureOf(context, core, inherited.defaults);
  warnOfUnused(checker, core);
  refuseAutos(checker, core);
  const loop = core.form === "parallel" ? undefined : checkLoop(checker, core, spot);
  const own =
    loop === undefined ? undefined : bodyScope(core, { sequential: loop.written.sequential });
  const conditions = conditionsOf(checker, { core, spot, own });
  const parts: Parts = {
    core,
    loop,
    ...conditions,
    onFailure: failure.policy,
    whole: core.single ? OF_BODY : wholeOf(checker, core, spot),
  };
  const known = { core, uses, failure, condition: conditions.condition ?? conditions.filter };
  return {
    step: {
      ...known,
      isSensitive: parts.whole.sensitive === true,
      requires: [],
      complete: (graph) => planned(parts, graph),
    },
    inside: own === undefined ? loops : [own, ...loops],
  };
}

type Parts = {
  readonly core: CoreStep;
  readonly loop: WrittenLoop | undefined;
  readonly condition: ConditionField | null;
  readonly filter: ConditionField | null;
  readonly onFailure: LoopStep["onFailure"];
  readonly whole: Whole;
};

/** What a container has as a whole; of a loop over a single step, that has it. */
type Whole = Pick<
  LoopStep,
  | "timeouts"
  | "location"
  | "produces"
  | "artifacts"
  | "outputSchema"
  | "sizeLimit"
  | "priority"
  | "sensitive"
  | "labels"
>;

function planned(parts: Parts, graph: FromGraph): LoopStep | GroupStep {
  const { core, loop, condition, filter, onFailure, whole } = parts;
  const facts = {
    id: core.id,
    index: core.index,
    tool: null,
    operation: core.form === "repeat" ? repeatWord(core) : wordOfForm(core),
    condition,
    waitsFor: graph.waitsFor,
    dependencies: graph.dependencies,
    routes: graph.routes,
    elseSteps: graph.elseSteps,
    elseOf: graph.elseOf,
    onFailure,
    body: graph.body,
    ...whole,
  };
  const tolerant = loop?.tolerates === true || onFailure === "continue";
  return loop === undefined
    ? { kind: "group", ...facts }
    : { kind: "loop", ...facts, ...loop.written, filter, tolerant };
}

function wholeOf(checker: Checker, core: CoreStep, spot: Spot): Whole {
  const { context } = checker;
  const sensitive = isSensitive(context, core);
  const labels = readLabels(context, { keys: core.keys, step: core.id });
  return {
    ...filesOf(checker, core, spot),
    ...boundsOf(context, core),
    timeouts: timeoutsOf(checker, core),
    ...(sensitive ? { sensitive } : {}),
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
  };
}

const OF_BODY: Whole = {
  location: null,
  produces: null,
  artifacts: [],
  outputSchema: null,
  sizeLimit: null,
  priority: 0,
  timeouts: { attemptMs: null, totalMs: null, heartbeatMs: null },
};

function repeatWord({ keys }: CoreStep): string {
  return keys.has("while") ? "while" : "until";
}

function wordOfForm({ form }: CoreStep): string {
  return form === "queue" ? "create_parallel_queue" : (form ?? "");
}

type WrittenLoop = {
  readonly written: Pick<
    LoopStep,
    | "form"
    | "single"
    | "loopName"
    | "itemName"
    | "source"
    | "while"
    | "until"
    | "maxIterations"
    | "failsAtMax"
    | "maxParallel"
    | "sequential"
    | "minSuccessRate"
    | "iterationTimeoutMs"
  >;
  readonly tolerates: boolean;
};

function checkLoop(checker: Checker, core: CoreStep, spot: Spot): WrittenLoop {
  const form = core.form === null || core.form === "parallel" ? "repeat" : core.form;
  const isList = form === "for_each" || form === "queue";
  const maxParallel = isList ? parallelOf(checker, core, spot) : ONE;
  const rate = fieldOf(checker, core, { key: "min_success_rate", spot });
  const isActions = form === "action_loop";
  if (isActions) {
    checkOneCondition(checker, core);
  }
  return {
    written: {
      form,
      single: core.single,
      loopName: loopNameOf(checker, core, "loop_name"),
      itemName: loopNameOf(checker, core, "loop_var"),
      ...(isList ? listFields(checker, core, spot) : repetitionFields(checker, core, spot)),
      maxIterations:
        fieldOf(checker, core, { key: "max_iterations", spot }) ??
        literal(isActions ? DEFAULT_ACTION_ITERATIONS : DEFAULT_ITERATIONS),
      failsAtMax: failsAtMax(checker, core),
      maxParallel,
      sequential: maxParallel !== "run" && isOne(maxParallel),
      minSuccessRate: rate,
      iterationTimeoutMs: iterationTimeout(checker, core),
    },
    tolerates: rate !== null || isActions,
  };
}

function listFields(checker: Checker, core: CoreStep, spot: Spot) {
  return { source: sourceOf(checker, core, spot), while: null, until: null };
}

function repetitionFields(checker: Checker, core: CoreStep, spot: Spot) {
  return {
    source: null,
    while: verdictOf(checker, core, { keys: ["while", "while_condition"], spot }),
    until: verdictOf(checker, core, { keys: ["until"], spot }),
  };
}

/** L122: actions repeat by exactly one condition. */
function checkOneCondition({ context }: Checker, core: CoreStep): void {
  const written = ["until", "while", "while_condition"].flatMap(
    (key) => placedKey(core, key) ?? [],
  );
  const [first, second] = written;
  if (first === undefined) {
    find(context, "missing_key", {
      where: { step: core.id, path: "until", offset: core.offset },
      message: "an action_loop says how long it goes on",
      suggestions: ["until: ", "while: "],
    });
  } else if (second !== undefined) {
    find(context, "loop_ambiguous", {
      where: second.where,
      message: `${core.id} has both ${first.entry.key} and ${second.entry.key}: it can go on by one condition only`,
    });
  }
}

const DEFAULT_ITERATIONS = 10;
const DEFAULT_ACTION_ITERATIONS = 100;
const DEFAULT_QUEUE_PARALLEL = 10;
const ONE: Field = { kind: "literal", value: 1 };

function literal(value: number): Field {
  return { kind: "literal", value };
}

function isOne(field: Field): boolean {
  return field.kind === "literal" && Number(field.value) === 1;
}

/** A value that is rendered when the loop starts; seen from outside of it (L115). */
function fieldOf(
  checker: Checker,
  core: CoreStep,
  { key, spot }: { key: string; spot: Spot },
): Field | null {
  const entry = core.keys.get(key);
  if (entry === undefined) {
    return null;
  }
  const at = { ...spot, path: entry.key };
  const field = fieldFrom(checker, entry.value, at);
  if (field.kind === "literal" && numberOf(entry.value) === undefined && !hasAuto(entry.value)) {
    wrongShape(checker.context, placedAt(core, key), "a number, or a template that gives one");
    return null;
  }
  checkBounds(checker, core, { key, value: numberOf(entry.value) });
  return field;
}

function hasAuto(node: Node): boolean {
  return node.kind === "scalar" && node.autos.length > 0;
}

function placedAt(core: CoreStep, key: string) {
  const placed = placedKey(core, key);
  if (placed === undefined) {
    throw new Error(`the step ${core.id} has no key ${key}`);
  }
  return placed;
}

type Bounds = { readonly min: number; readonly max: number };

const BOUNDS: Readonly<Record<string, Bounds>> = {
  max_iterations: { min: 0, max: LIMITS.maxIterations },
  max_parallel: { min: 1, max: LIMITS.maxParallel },
  min_success_rate: { min: 0, max: 1 },
};

function checkBounds(
  checker: Checker,
  core: CoreStep,
  { key, value }: { key: string; value: number | undefined },
): void {
  const bounds = BOUNDS[key];
  if (value === undefined || bounds === undefined) {
    return;
  }
  const placed = placedAt(core, key);
  if (value < bounds.min || (key !== "min_success_rate" && !Number.isInteger(value))) {
    wrongShape(checker.context, placed, `at least ${bounds.min}`);
  } else if (value > bounds.max) {
    find(checker.context, "limit", {
      where: { ...placed.where, offset: placed.entry.value.start },
      message: `${key} is beyond its limit of ${bounds.max}`,
    });
  }
}

/** L107: `max_parallel`, else `parallel: true` for as many as the run has. */
function parallelOf(checker: Checker, core: CoreStep, spot: Spot): Field | "run" {
  const written = fieldOf(checker, core, { key: "max_parallel", spot });
  if (written !== null) {
    return written;
  }
  const parallel = core.keys.get("parallel");
  const isParallel =
    parallel !== undefined && booleanValue(checker.context, placedAt(core, "parallel")) === true;
  if (isParallel) {
    return "run";
  }
  return core.form === "queue" ? literal(DEFAULT_QUEUE_PARALLEL) : ONE;
}

/** L105: a list, a mapping, or a text that gives one. */
function sourceOf(checker: Checker, core: CoreStep, spot: Spot): Field {
  const entry = core.keys.get(core.form === "queue" ? "on" : "for_each");
  if (entry === undefined) {
    return { kind: "literal", value: [] };
  }
  const { value } = entry;
  const field = fieldFrom(checker, value, { ...spot, path: entry.key });
  const isOther = field.kind === "literal" && typeof field.value !== "object";
  const reads =
    field.kind === "literal" &&
    typeof field.value === "string" &&
    field.value.trimStart().startsWith("[");
  if (isOther && !reads && !hasAuto(value)) {
    find(checker.context, "schema", {
      where: { step: core.id, path: entry.key, offset: value.start },
      message: `${entry.key} is a list, a mapping or a template that gives one; text is never split`,
    });
  }
  return field;
}

/** `while` and `until` see how far the loop has come, and the steps of the iteration before (L108, L115). */
function verdictOf(
  checker: Checker,
  core: CoreStep,
  { keys, spot }: { keys: readonly string[]; spot: Spot },
): ConditionField | null {
  const entry = keys.map((key) => core.keys.get(key)).find((found) => found !== undefined);
  if (entry === undefined || spot.scope.kind !== "step") {
    return null;
  }
  const own: LoopScope = {
    ...bodyScope(core, { sequential: false }),
    names: new Set(VERDICT_NAMES),
    itemName: null,
  };
  const scope = { ...spot.scope, id: null, loops: [own, ...spot.scope.loops] };
  return conditionFrom(checker, entry.value, { ...spot, scope, path: entry.key }) ?? null;
}

/** L113: a condition that uses a binding of the loop is tested for each iteration. */
function conditionsOf(
  checker: Checker,
  { core, spot, own }: { core: CoreStep; spot: Spot; own: LoopScope | undefined },
): { readonly condition: ConditionField | null; readonly filter: ConditionField | null } {
  const entry = core.keys.get("condition");
  if (entry === undefined || spot.scope.kind !== "step") {
    return { condition: null, filter: null };
  }
  const isFiltered = own !== undefined && (core.form === "for_each" || core.form === "queue");
  const loops = isFiltered ? [{ ...own, seesBody: false }, ...spot.scope.loops] : spot.scope.loops;
  const scope = { ...spot.scope, loops };
  const condition = conditionFrom(checker, entry.value, { ...spot, scope, path: entry.key });
  const found = condition ?? null;
  return spot.uses.loops.has(core)
    ? { condition: null, filter: found }
    : { condition: found, filter: null };
}

function failsAtMax(checker: Checker, core: CoreStep): boolean {
  const placed = placedKey(core, "on_max_iterations");
  const word = wordOf(placed?.entry.value)?.toLowerCase();
  if (placed !== undefined && word !== "fail" && word !== "succeed" && word !== "success") {
    wrongShape(checker.context, placed, "fail or success");
  }
  return word === "fail";
}

function iterationTimeout(checker: Checker, core: CoreStep): number | null {
  const placed = placedKey(core, "iteration_timeout");
  return placed === undefined
    ? null
    : (durationValue(checker.context, placed, { max: LIMITS.stepTimeoutMs }) ?? null);
}

/** A container's time is that of all of it (L91). */
function timeoutsOf({ context }: Checker, core: CoreStep): TimeoutPolicy {
  const duration = (key: string): number | null => {
    const placed = placedKey(core, key);
    return placed === undefined
      ? null
      : (durationValue(context, placed, { max: LIMITS.stepTimeoutMs }) ?? null);
  };
  return { attemptMs: duration("timeout"), totalMs: duration("total_timeout"), heartbeatMs: null };
}

function loopNameOf(
  { context }: Checker,
  core: CoreStep,
  key: "loop_name" | "loop_var",
): string | null {
  const name = nameKey(core, key);
  const placed = placedKey(core, key);
  if (name === undefined || placed === undefined) {
    return null;
  }
  const where = { ...placed.where, offset: placed.entry.value.start };
  const reserved = reservedReason(name);
  if (!checkName(context, name, where)) {
    return null;
  }
  if (reserved !== undefined && key === "loop_name") {
    const message = `no loop may be called ${name}: it is ${reserved}`;
    find(context, "reserved_id", { where, message });
  }
  return name;
}
