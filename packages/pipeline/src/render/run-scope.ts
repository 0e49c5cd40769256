import {
  DateTime,
  type Json,
  MISSING,
  type Scope,
  type Undefined,
  type Value,
  type View,
} from "@orchestrator/template";

import { executionId } from "../document/execution-id.ts";
import { type Frame, framesOf, type Instance, unopenedFrame } from "../engine/frame.ts";
import { isObject, sectionOf } from "../engine/run-state.ts";
import { isSettled } from "../engine/step-record.ts";
import { lazyMapping, resultOfInstance, viewOf } from "./instance-view.ts";
import { bindingOf } from "./loop-bindings.ts";
import type { RunReading, Viewpoint } from "./reading.ts";
import { type ResultReader, resultOf } from "./step-view.ts";

/** Names that a step binds for its own fields (L33). */
export type OwnNames = { readonly location?: string; readonly produces?: string };

/** Makes the names that a field sees (L68). `output` gives a declared output's value (L32). */
export function runScope(
  reading: RunReading,
  { own = {}, output }: { own?: OwnNames; output: (name: string) => Value },
): Scope {
  const { state } = reading;
  const { loaded } = state;
  return {
    lookup(name) {
      if ((name === "location" || name === "produces") && own[name] !== undefined) {
        return own[name];
      }
      const seen = seenFrom(reading, name);
      if (seen !== undefined) {
        return seen;
      }
      if (Object.hasOwn(state.inputs, name)) {
        return state.inputs[name];
      }
      if (loaded.names.inputs.has(name)) {
        return MISSING;
      }
      const context = sectionOf(state, "context");
      if (Object.hasOwn(context, name)) {
        return context[name];
      }
      return FIXED.get(name)?.(reading, output);
    },
  };
}

/** A binding of a loop, inner loop first, else a step or loop, inner block first. */
function seenFrom(reading: RunReading, name: string): Value | undefined {
  const { state, read, from } = reading;
  const bound = from === undefined ? undefined : boundIn(from, { name, reading });
  if (bound !== undefined) {
    return bound;
  }
  const step = stepNamed(from?.frame ?? state.root, name);
  return step === undefined ? undefined : viewOf(step, read);
}

function boundIn(
  { frame, loop }: Viewpoint,
  { name, reading }: { name: string; reading: RunReading },
): Value | undefined {
  const own = loop === undefined ? undefined : bindingOf(loop, { name, reading });
  if (own !== undefined) {
    return own;
  }
  for (let at = frame; at.owner !== undefined; at = at.owner.frame) {
    const { owner: container, iteration } = at;
    const isOwn = container === loop?.container;
    const found = isOwn ? undefined : bindingOf({ container, iteration }, { name, reading });
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}

/** A step of a frame, or of one that it is part of. */
function stepNamed(frame: Frame, name: string): Instance | undefined {
  for (let at: Frame | undefined = frame; at !== undefined; at = at.owner?.frame) {
    const found = memberNamed(at, name);
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}

function memberNamed({ block, instances }: Frame, name: string): Instance | undefined {
  const index = block.indexes.get(name);
  if (index !== undefined) {
    return instances[index];
  }
  const alias = block.aliases.get(name);
  const named = alias === undefined ? undefined : instances[alias];
  if (named?.place.step.kind !== "group") {
    return named;
  }
  // L124: what is in a group can be named beside it.
  return memberNamed(named.frames?.[0] ?? unopenedFrame(named, 0), name);
}

type Fixed = (reading: RunReading, output: (name: string) => Value) => Value;

const FIXED: ReadonlyMap<string, Fixed> = new Map<string, Fixed>([
  ["steps", stepsView],
  ["results", resultsView],
  ["previous_results", previousResults],
  ["inputs", ({ state }) => state.inputs],
  ["parameters", ({ state }) => state.inputs],
  ["outputs", outputsView],
  ["variables", variables],
  ["config", ({ state }) => sectionOf(state, "config")],
  ["data", ({ state }) => sectionOf(state, "data")],
  ["context", ({ state }) => sectionOf(state, "context")],
  ["execution", execution],
  ["pipeline_id", ({ state }) => state.loaded.plan.pipeline.id],
  ["execution_id", ({ state, runId }) => executionId(state.loaded.plan, runId)],
  ["timestamp", timestamp],
  ["current_timestamp", timestamp],
  ["current_date", (reading) => startOf(reading).dateText],
  ["execution_time", duration],
  ["secrets", ({ secrets }) => secrets?.secrets ?? {}],
  ["env", ({ secrets }) => secrets?.env ?? {}],
]);

/**
 * Changes by later steps are not seen, whenever those run: so the value does not depend on timing. Earlier iterations are
 * above later ones (L186).
 */
function variables({ state, read, from }: RunReading): Value {
  const values = new Map<string, Value>(Object.entries(sectionOf(state, "variables")));
  if (from === undefined) {
    takeSet(state.root, { read, values, below: Infinity });
  } else {
    takeAbove(from, { read, values });
  }
  return Object.fromEntries(values);
}

type Taken = { readonly read: ResultReader; readonly values: Map<string, Value> };

function takeAbove({ frame, at, loop }: Viewpoint, taken: Taken): void {
  const { owner, iteration } = frame;
  if (owner !== undefined) {
    takeAbove({ frame: owner.frame, at: owner }, taken);
    takeIterations(owner, { ...taken, below: iteration });
  }
  if (loop !== undefined && loop.container !== owner) {
    takeSet(frame, { ...taken, below: loop.container.index });
    takeIterations(loop.container, { ...taken, below: loop.iteration });
  } else {
    takeSet(frame, { ...taken, below: at?.index ?? Infinity });
  }
}

function takeIterations(container: Instance, { below, ...taken }: Taken & { below: number }): void {
  for (const frame of framesOf(container)) {
    if (frame.iteration < below) {
      takeSet(frame, { ...taken, below: Infinity });
    }
  }
}

/** Takes what the steps of a frame set that stand before an index. */
function takeSet({ block, instances }: Frame, taken: Taken & { below: number }): void {
  for (const index of block.setters) {
    const setter = instances[index];
    if (setter === undefined || index >= taken.below) {
      continue;
    }
    if (setter.place.body !== undefined) {
      takeIterations(setter, { ...taken, below: Infinity });
    } else if (setter.record.success) {
      for (const [name, value] of setBy(resultOf(setter.record, taken.read))) {
        taken.values.set(name, value);
      }
    }
  }
}

function setBy(result: Json | Undefined): readonly (readonly [string, Json])[] {
  return typeof result !== "symbol" && isObject(result) ? Object.entries(result) : [];
}

/** `steps.x` is `x`. */
function stepsView(reading: RunReading): View {
  const { state, read, from } = reading;
  return lazyMapping(
    (name) => {
      const step = stepNamed(from?.frame ?? state.root, name);
      return step === undefined ? MISSING : viewOf(step, read);
    },
    () => [...state.root.block.indexes.keys()],
  );
}

function resultsView({ state, read, from }: RunReading): View {
  return lazyMapping(
    (name) => {
      const step = stepNamed(from?.frame ?? state.root, name);
      return step === undefined ? MISSING : resultOfInstance(step, read);
    },
    () => [...state.root.block.indexes.keys()],
  );
}

function previousResults({ state, read, from }: RunReading): Value {
  const { instances } = from?.frame ?? state.root;
  const settled = instances.filter(({ record }) => isSettled(record));
  return Object.fromEntries(
    settled.map((instance) => [instance.place.step.id, resultOfInstance(instance, read)] as const),
  );
}

function outputsView({ state }: RunReading, output: (name: string) => Value): View {
  const names = state.loaded.plan.outputs.map(({ name }) => name);
  return lazyMapping(
    (name) => (names.includes(name) ? output(name) : MISSING),
    () => names,
  );
}

function execution(reading: RunReading): Value {
  const { state, runId } = reading;
  const start = startOf(reading);
  return {
    id: executionId(state.loaded.plan, runId),
    pipeline_id: state.loaded.plan.pipeline.id,
    started_at: start.toString(),
    timestamp: start.toString(),
    date: start.dateText,
    time: start.timeText,
    duration: duration(reading),
  };
}

function timestamp(reading: RunReading): string {
  return startOf(reading).toString();
}

function duration({ state, nowMs }: RunReading): number {
  return Math.max(0, nowMs - (state.startedAtMs ?? nowMs)) / 1000;
}

/** When the run began, to the second. */
function startOf({ state, nowMs }: RunReading): DateTime {
  return new DateTime(Math.floor((state.startedAtMs ?? nowMs) / 1000) * 1000);
}
