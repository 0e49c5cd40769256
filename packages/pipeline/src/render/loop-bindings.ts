import { ABSENT, type Mapping, type Value, type View } from "@orchestrator/template";

import type { Frame, Instance } from "../engine/frame.ts";
import { iterationsOf } from "../engine/loop-outcome.ts";
import type { LoopStep } from "../plan.ts";
import { bodyViews, iterationResult, lazyMapping, orElse, viewOf } from "./instance-view.ts";
import type { RunReading } from "./reading.ts";

/** An iteration of a loop as its body sees it; it need not have begun. */
export type BoundIteration = { readonly container: Instance; readonly iteration: number };

/** The value that a loop binds to a name in its body (L115, L116); undefined when it binds none to it. */
export function bindingOf(
  bound: BoundIteration,
  { name, reading }: { name: string; reading: RunReading },
): Value | undefined {
  const { step } = bound.container.place;
  if (step.kind !== "loop") {
    return undefined;
  }
  if (name === step.id || name === step.loopName) {
    return loopItself(bound, { step, reading });
  }
  if (name === step.itemName) {
    return itemOf(bound);
  }
  return BINDINGS[step.form].get(name)?.({ ...bound, step, reading });
}

type Bound = BoundIteration & { readonly step: LoopStep; readonly reading: RunReading };
type Binding = (bound: Bound) => Value;
type Bindings = ReadonlyMap<string, Binding>;

const COMMON: readonly (readonly [string, Binding])[] = [
  ["is_first", ({ iteration }) => iteration === 0],
  ["loop_id", ({ step }) => step.id],
  ["previous", previousOf],
];

const OF_LISTS: readonly (readonly [string, Binding])[] = [
  ["item", itemOf],
  ["index", ({ iteration }) => iteration],
  ["is_last", (bound) => bound.iteration === lengthOf(bound) - 1],
];

const OF_EACH: readonly (readonly [string, Binding])[] = [
  ["position", ({ iteration }) => iteration + 1],
  ["loop_name", ({ step }) => step.loopName ?? step.id],
  ["loop", loopObject],
];

const BINDINGS: Readonly<Record<LoopStep["form"], Bindings>> = {
  for_each: new Map([
    ...COMMON,
    ...OF_LISTS,
    ...OF_EACH,
    ["length", lengthOf],
    ["remaining", (bound) => lengthOf(bound) - bound.iteration - 1],
    ["has_next", (bound) => bound.iteration < lengthOf(bound) - 1],
    ["has_prev", ({ iteration }) => iteration > 0],
  ]),
  repeat: new Map([
    ...COMMON,
    ...OF_EACH,
    ["iteration", ({ iteration }) => iteration],
    ["index", ({ iteration }) => iteration],
    ["loop_state", loopState],
  ]),
  action_loop: new Map([
    ...COMMON,
    ["iteration", ({ iteration }) => iteration],
    ["has_previous", ({ iteration }) => iteration > 0],
    ["total_duration", totalDuration],
    ["termination_reason", () => "running"],
    ["loop_state", loopState],
  ]),
  queue: new Map([
    ...COMMON,
    ...OF_LISTS,
    ["queue", ({ container }) => container.record.loop?.items ?? []],
    ["queue_size", lengthOf],
    ["parallel_queue_id", ({ step }) => step.id],
    ["parent_task", ({ step }) => step.id],
  ]),
};

/** The names that a form of loop binds (L115), beside its own id and names. */
export function boundNames(form: LoopStep["form"]): readonly string[] {
  return [...BINDINGS[form].keys()];
}

function itemOf({ container, iteration }: BoundIteration): Value {
  return container.record.loop?.items?.[iteration] ?? null;
}

function lengthOf({ container }: BoundIteration): number {
  return container.record.loop?.items?.length ?? 0;
}

/** L116. */
function loopObject(bound: Bound): Mapping {
  const { iteration, step } = bound;
  const counted = { index: iteration + 1, index0: iteration, first: iteration === 0 };
  const length = lengthOf(bound);
  return step.source === null ? counted : { ...counted, last: iteration === length - 1, length };
}

/** L115. */
function loopState(bound: Bound): Mapping {
  const { container, iteration, reading } = bound;
  const before = frameBefore(bound);
  return {
    iteration,
    max_iterations: container.record.loop?.maxIterations ?? null,
    last: before === undefined ? ABSENT : iterationResult(before, reading.read),
  };
}

/** Of an iteration that has begun before; seconds since the loop did. */
function totalDuration({ container, reading }: Bound): number {
  return Math.max(0, reading.nowMs - (container.record.startedAtMs ?? reading.nowMs)) / 1000;
}

/** The steps of the iteration before (L112); absent from the first one on. */
function previousOf(bound: Bound): Value {
  const before = frameBefore(bound);
  return before === undefined ? ABSENT : bodyViews(before, bound.reading.read);
}

function frameBefore({ container, iteration }: BoundIteration): Frame | undefined {
  return container.frames?.[iteration - 1];
}

/** The loop in its own body: its bindings, and the iterations that are over (L116); of a single step, also the one before (L112). */
function loopItself(
  bound: BoundIteration,
  { step, reading }: { step: LoopStep; reading: RunReading },
): Value {
  const names = ["iterations", "results", ...boundNames(step.form)];
  const field = (name: string): Value | undefined =>
    name === "iterations" || name === "results"
      ? finished(bound, reading)
      : name === step.itemName
        ? itemOf(bound)
        : BINDINGS[step.form].get(name)?.({ ...bound, step, reading });
  if (!step.single || !step.sequential) {
    return lazyMapping(field, () => names);
  }
  const before = frameBefore(bound)?.instances[0];
  return withBindings(before === undefined ? NOTHING : viewOf(before, reading.read), field);
}

/** The iteration before the first one. */
const NOTHING: View = {
  kind: "view",
  value: () => ABSENT,
  field: () => ABSENT,
  truth: () => false,
  defined: false,
  status: "skipped",
};

function withBindings(view: View, field: (name: string) => Value | undefined): View {
  return { ...view, field: (name) => orElse(field(name), view.field(name)) };
}

function finished({ container, iteration }: BoundIteration, { read }: RunReading): Value {
  return iterationsOf(container)
    .filter((frame) => frame.iteration < iteration && frame.settled === frame.instances.length)
    .map((frame) => iterationResult(frame, read));
}
