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
import type { Frame, Instance } from "../engine/frame.ts";
import { isObject, type RunState, sectionOf } from "../engine/run-state.ts";
import { isSettled } from "../engine/step-record.ts";
import { type ResultReader, resultOf, stepView } from "./step-view.ts";

/** What rendering takes from outside the fold. */
export type RunReading = {
  readonly state: RunState;
  /** The run's id as text. */
  readonly runId: string;
  readonly nowMs: number;
  /** Who reads: it sees the variables that steps above it set (L186); absent for the outputs, which see all. */
  readonly at?: Instance;
  /** Stored results of the steps that are read; fetched before. */
  readonly read: ResultReader;
  /** Why AUTO tags of outputs have no value, by field path. */
  readonly unanswered?: Readonly<Record<string, string>>;
  /** What the parameters of the step may read; fetched before (L163). */
  readonly secrets?: SecretValues;
};

/** Values of secrets, and of variables of the environment, by name. */
export type SecretValues = {
  readonly secrets: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
};

/** Names that a step binds for its own fields (L33). */
export type OwnNames = { readonly location?: string; readonly produces?: string };

/** Makes the names that a field sees (L68). `output` gives a declared output's value (L32). */
export function runScope(
  reading: RunReading,
  { own = {}, output }: { own?: OwnNames; output: (name: string) => Value },
): Scope {
  const { state, read } = reading;
  const { loaded, root } = state;
  return {
    lookup(name) {
      if ((name === "location" || name === "produces") && own[name] !== undefined) {
        return own[name];
      }
      const step = stepNamed(root, name);
      if (step !== undefined) {
        return stepView(step, read);
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

/** Changes by later steps are not seen, whenever those run: so the value does not depend on timing (L186). */
function variables({ state, read, at }: RunReading): Value {
  const { block, instances } = state.root;
  const values = new Map<string, Value>(Object.entries(sectionOf(state, "variables")));
  for (const index of block.setters) {
    const record = instances[index]?.record;
    if (record?.success === true && index < (at?.index ?? Infinity)) {
      for (const [name, value] of setBy(resultOf(record, read))) {
        values.set(name, value);
      }
    }
  }
  return Object.fromEntries(values);
}

function setBy(result: Json | Undefined): readonly (readonly [string, Json])[] {
  return typeof result !== "symbol" && isObject(result) ? Object.entries(result) : [];
}

function stepNamed({ block, instances }: Frame, name: string): Instance | undefined {
  const index = block.indexes.get(name);
  return index === undefined ? undefined : instances[index];
}

/** `steps.x` is `x`. */
function stepsView({ state, read }: RunReading): View {
  return lazyMapping(
    (name) => {
      const step = stepNamed(state.root, name);
      return step === undefined ? MISSING : stepView(step, read);
    },
    () => [...state.root.block.indexes.keys()],
  );
}

function resultsView({ state, read }: RunReading): View {
  return lazyMapping(
    (name) => {
      const step = stepNamed(state.root, name);
      return step === undefined ? MISSING : resultOf(step.record, read);
    },
    () => [...state.root.block.indexes.keys()],
  );
}

function previousResults({ state, read }: RunReading): Value {
  const settled = state.root.instances.filter(({ record }) => isSettled(record));
  return Object.fromEntries(
    settled.map(({ place, record }) => [place.step.id, resultOf(record, read)] as const),
  );
}

function outputsView({ state }: RunReading, output: (name: string) => Value): View {
  const names = state.loaded.plan.outputs.map(({ name }) => name);
  return lazyMapping(
    (name) => (names.includes(name) ? output(name) : MISSING),
    () => names,
  );
}

/** A mapping whose values are made when they are asked for. */
function lazyMapping(field: (name: string) => Value, names: () => readonly string[]): View {
  return {
    kind: "view",
    value: () => Object.fromEntries(names().map((name) => [name, field(name)])),
    field,
    truth: () => names().length > 0,
    defined: true,
    status: "completed",
  };
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
