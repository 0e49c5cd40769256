import { find, findLater, joinPath } from "../desugar/context.ts";
import type { CoreStep } from "../desugar/core.ts";
import { booleanOf } from "../desugar/values.ts";
import type { Checker } from "./checker.ts";
import { placedKey } from "./policies.ts";

/** What decides how a loop runs is answered by no model yet. */
export function refuseAutos({ context }: Checker, core: CoreStep): void {
  const keys = [
    "for_each",
    "condition",
    "while",
    "while_condition",
    "until",
    "max_iterations",
    "max_parallel",
    "min_success_rate",
  ];
  for (const key of keys) {
    const placed = placedKey(core, key);
    const value = placed?.entry.value;
    if (placed !== undefined && value?.kind === "scalar" && value.autos.length > 0) {
      const what = `<AUTO> in ${placed.entry.key} of a loop`;
      findLater(context, what, { where: placed.where, rule: "L125" });
    }
  }
}

const OF_LISTS = ["loop_var", "max_parallel", "parallel", "min_success_rate"];
const OF_REPETITIONS = ["max_iterations", "on_max_iterations"];
const OF_ACTIONS = ["while_condition", "break_on_error", "iteration_timeout"];
const OF_LOOPS = ["loop_name", "add_completion_task"];
/** What only a step that calls something has. */
const OF_CALLS = [
  "parameters",
  "model",
  "idempotent",
  "heartbeat_timeout",
  "max_attempts",
  "max_retries",
  "retry",
  "retry_config",
  "resource_limits",
];

/** Warn of keys of a container that change nothing where they stand (L17). */
export function warnOfUnused(checker: Checker, core: CoreStep): void {
  const { form } = core;
  const isList = form === "for_each" || form === "queue";
  unusedKeys(checker, core, [
    ...(core.single ? [] : OF_CALLS),
    ...(isList ? [] : OF_LISTS.filter((key) => form !== "parallel" || key !== "parallel")),
    ...(isList || form === "parallel" ? OF_REPETITIONS : []),
    ...(form === "action_loop" ? [] : OF_ACTIONS),
    ...(form === "parallel" ? OF_LOOPS : []),
  ]);
  const completion = placedKey(core, "add_completion_task");
  if (completion !== undefined) {
    find(checker.context, "deprecated", {
      where: completion.where,
      message: "a loop is complete by itself; add_completion_task changes nothing",
    });
  }
}

/** Warn of a step that repeats nothing, and has keys of loops. */
export function warnOfLoopKeys(checker: Checker, core: CoreStep): void {
  if (!core.single) {
    unusedKeys(checker, core, [...OF_LISTS, ...OF_REPETITIONS, ...OF_ACTIONS, ...OF_LOOPS]);
  }
}

function unusedKeys({ context }: Checker, core: CoreStep, keys: readonly string[]): void {
  for (const key of keys) {
    const placed = placedKey(core, key);
    if (placed !== undefined && booleanOf(placed.entry.value) !== false) {
      const { where } = placed;
      const path = joinPath("", placed.entry.key);
      const message = `${placed.entry.key} changes nothing on this kind of step`;
      find(context, "no_effect", { where: { ...where, path }, message });
    }
  }
}
