import {
  ABSENT,
  type Json,
  jsonOf,
  type Mapping,
  MISSING,
  textOf,
  type Value,
  type View,
} from "@orchestrator/template";

import { type Frame, frameOf, idOf, type Instance } from "../engine/frame.ts";
import {
  iterationError,
  iterationsOf,
  iterationStatus,
  successRate,
  tallyOf,
} from "../engine/loop-outcome.ts";
import type { LoopEnd } from "../events.ts";
import type { LoopStep } from "../plan.ts";
import { type ResultReader, resultOf, stepView, viewFrom } from "./step-view.ts";

/** Makes what the name of an instance stands for in expressions (L69–L71, L121, L124). */
export function viewOf(instance: Instance, read: ResultReader): View {
  const { place, record } = instance;
  const { step } = place;
  if (step.kind === "task") {
    return stepView(instance, read);
  }
  return viewFrom({
    step,
    record,
    value: () => containerResult(instance, read),
    ...(step.kind === "loop" && step.single ? { result: () => lastResult(instance, read) } : {}),
    field: (name) => containerField(instance, { name, read }),
    hasResult: hasResult(instance),
  });
}

/** R of an instance, or ABSENT. */
export function resultOfInstance(instance: Instance, read: ResultReader): Value {
  return instance.place.body === undefined
    ? resultOf(instance.record, read)
    : containerResult(instance, read);
}

/** R of a container (L118, L124), derived from its frames; ABSENT before it has started, and when it was skipped. */
function containerResult(container: Instance, read: ResultReader): Value {
  const { step } = container.place;
  if (!hasResult(container)) {
    return ABSENT;
  }
  if (step.kind === "group") {
    return groupResult(container, read);
  }
  return step.kind === "loop"
    ? Object.fromEntries([...fieldsOf(step)].map(([name, of]) => [name, of(container, read)]))
    : ABSENT;
}

/** A field of R of a container; undefined when it has none of that name. */
function containerField(
  container: Instance,
  { name, read }: { name: string; read: ResultReader },
): Value | undefined {
  const { step } = container.place;
  if (!hasResult(container)) {
    return undefined;
  }
  if (step.kind === "group") {
    const member = memberNamed(container, name);
    return member === undefined ? undefined : viewOf(member, read);
  }
  return step.kind === "loop" ? fieldsOf(step).get(name)?.(container, read) : undefined;
}

/** A container has R when it has started and settled, and was not stopped. */
function hasResult({ record }: Instance): boolean {
  const isOver = record.status === "completed" || record.status === "failed";
  return isOver && record.loop !== undefined;
}

/** What one iteration came to (L119). */
export function iterationResult(frame: Frame, read: ResultReader): Value {
  const { owner, iteration } = frame;
  const index = { index: iteration, ...itemOf(frame) };
  const [only] = frame.instances;
  if (owner?.place.step.kind === "loop" && owner.place.step.single && only !== undefined) {
    return viewWith(viewOf(only, read), index);
  }
  const status = iterationStatus(frame);
  return {
    ...bodyViews(frame, read),
    ...index,
    iteration,
    success: status === "completed",
    status,
    error: status === "failed" ? (iterationError(frame)?.message ?? null) : null,
  };
}

/** The views of the steps of a frame, by id. */
export function bodyViews({ instances }: Frame, read: ResultReader): Mapping {
  return Object.fromEntries(
    instances.map((instance) => [instance.place.step.id, viewOf(instance, read)]),
  );
}

/** The item that an iteration of a list is for. */
export function itemOf({ owner, iteration }: Frame): { readonly item?: Value } {
  const items = owner?.record.loop?.items;
  return items === undefined ? {} : { item: items[iteration] ?? null };
}

/** A view with further fields, which are read first. */
export function viewWith(view: View, fields: Mapping): View {
  return {
    ...view,
    field: (name) => (Object.hasOwn(fields, name) ? (fields[name] ?? null) : view.field(name)),
  };
}

type LoopField = (container: Instance, read: ResultReader) => Value;

const FIELDS: ReadonlyMap<string, LoopField> = new Map<string, LoopField>([
  ["type", ({ place }) => place.step.operation],
  ["count", (loop) => tallyOf(loop).iterations],
  ["items", ({ record }) => record.loop?.items ?? []],
  ["results", resultsOf],
  ["iterations", resultsOf],
  ["succeeded", (loop) => tallyOf(loop).succeeded],
  ["failed", (loop) => tallyOf(loop).failed],
  ["skipped", (loop) => tallyOf(loop).skipped],
  ["success_rate", (loop) => successRate(tallyOf(loop))],
  ["completed", ({ record }) => record.success],
  ["terminated_by", ({ record }) => record.loop?.end?.terminatedBy ?? null],
  ["duration", durationOf],
  ["iteration_count", (loop) => tallyOf(loop).iterations],
  ["iterations_completed", (loop) => tallyOf(loop).iterations],
  ["iteration", (loop) => tallyOf(loop).iterations - 1],
  ["loop_id", ({ place }) => place.step.id],
  [
    "loop_name",
    ({ place: { step } }) => (step.kind === "loop" ? (step.loopName ?? step.id) : null),
  ],
  ["num_items", ({ record }) => record.loop?.items?.length ?? 0],
  ["task_ids", taskIds],
  ["total_duration", durationOf],
  ["all_results", resultsOf],
  ["final_results", (loop, read) => resultsOf(loop, read).at(-1) ?? null],
]);

const QUEUE_FIELDS: ReadonlyMap<string, LoopField> = new Map<string, LoopField>([
  ...FIELDS,
  ["queue", ({ record }) => record.loop?.items ?? []],
  ["queue_size", ({ record }) => record.loop?.items?.length ?? 0],
]);

/** The names of the fields of R of a loop (L118, L123). */
export function loopFieldNames({ form }: Pick<LoopStep, "form">): readonly string[] {
  return [...(form === "queue" ? QUEUE_FIELDS : FIELDS).keys()];
}

function fieldsOf({ form }: LoopStep): ReadonlyMap<string, LoopField> {
  return form === "queue" ? QUEUE_FIELDS : FIELDS;
}

function resultsOf(loop: Instance, read: ResultReader): readonly Value[] {
  return iterationsOf(loop).map((frame) => iterationResult(frame, read));
}

function durationOf({ record: { startedAtMs, endedAtMs } }: Instance): Value {
  return startedAtMs === undefined || endedAtMs === undefined
    ? null
    : (endedAtMs - startedAtMs) / 1000;
}

function taskIds(loop: Instance): readonly string[] {
  return iterationsOf(loop).flatMap(({ instances }) => instances.map(idOf));
}

function groupResult(group: Instance, read: ResultReader): Mapping {
  const { instances } = frameOf(group, 0);
  return Object.fromEntries(
    instances.map((member) => [member.place.step.id, viewOf(member, read)]),
  );
}

function memberNamed(group: Instance, name: string): Instance | undefined {
  const frame = frameOf(group, 0);
  const index = frame.block.indexes.get(name);
  return index === undefined ? undefined : frame.instances[index];
}

/** R of a single-step loop as `L.result` has it: that of its last iteration (L121). */
function lastResult(loop: Instance, read: ResultReader): Value {
  const last = iterationsOf(loop).at(-1)?.instances[0];
  return last === undefined ? ABSENT : resultOfInstance(last, read);
}

/** A mapping whose values are made when they are asked for. */
export function lazyMapping(
  field: (name: string) => Value | undefined,
  names: () => readonly string[],
): View {
  return {
    kind: "view",
    value: () => Object.fromEntries(names().map((name) => [name, field(name) ?? null])),
    field: (name) => orElse(field(name), MISSING),
    truth: () => names().length > 0,
    defined: true,
    status: "completed",
  };
}

/** R of a container that is about to complete, as it will be (L34). */
export function closingResult(
  container: Instance,
  { end, read }: { end: LoopEnd; read: ResultReader },
): Json {
  const { record } = container;
  const loop = { ...record.loop, end };
  return jsonOf(
    containerResult(
      { ...container, record: { ...record, status: "completed", success: true, loop } },
      read,
    ),
  );
}

/** The texts of each iteration's last step, separated by blank lines (L33). */
export function iterationTexts(
  container: Instance,
  { iterations, read }: { iterations: number; read: ResultReader },
): string {
  const frames = Array.from({ length: iterations }, (_, iteration) =>
    frameOf(container, iteration),
  );
  return frames
    .flatMap(({ instances }) => {
      const last = instances.at(-1);
      return last === undefined || !last.record.success
        ? []
        : [textOf(resultOfInstance(last, read))];
    })
    .join("\n\n");
}

/** A value, `null` too; another one where there is none. */
export function orElse(value: Value | undefined, otherwise: Value): Value {
  return value === undefined ? otherwise : value;
}
