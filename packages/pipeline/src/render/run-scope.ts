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
import { isObject, isSettled, recordOf, type RunState, sectionOf } from "../engine/run-state.ts";
import { type ResultReader, resultOf, stepView } from "./step-view.ts";

/** What rendering takes from outside the fold. */
export type RunReading = {
  readonly state: RunState;
  /** The run's id as text. */
  readonly runId: string;
  readonly nowMs: number;
  /** Whose variables are seen: those that steps above this one set (L186); absent for all. */
  readonly forStep?: number;
  /** Stored results of the steps that are read; fetched before. */
  readonly read: ResultReader;
};

/** Names that a step binds for its own fields (L33). */
export type OwnNames = { readonly location?: string; readonly produces?: string };

/** Makes the names that a field sees (L68). `output` gives a declared output's value (L32). */
export function runScope(
  reading: RunReading,
  { own = {}, output }: { own?: OwnNames; output: (name: string) => Value },
): Scope {
  const { state, read } = reading;
  const { loaded } = state;
  return {
    lookup(name) {
      if ((name === "location" || name === "produces") && own[name] !== undefined) {
        return own[name];
      }
      const index = loaded.indexes.get(name);
      if (index !== undefined) {
        return stepView(state, { index, read });
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
]);

/** Changes by later steps are not seen, whenever those run: so the value does not depend on timing (L186). */
function variables({ state, read, forStep = Infinity }: RunReading): Value {
  const values = new Map<string, Value>(Object.entries(sectionOf(state, "variables")));
  for (const index of state.loaded.setters) {
    const record = recordOf(state, index);
    if (index < forStep && record.success) {
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

/** `steps.x` is `x`. */
function stepsView({ state, read }: RunReading): View {
  const { indexes, plan } = state.loaded;
  return lazyMapping(
    (name) => {
      const index = indexes.get(name);
      return index === undefined ? MISSING : stepView(state, { index, read });
    },
    () => plan.steps.map(({ id }) => id),
  );
}

function resultsView({ state, read }: RunReading): View {
  const { indexes, plan } = state.loaded;
  return lazyMapping(
    (name) => {
      const index = indexes.get(name);
      return index === undefined ? MISSING : resultOf(recordOf(state, index), read);
    },
    () => plan.steps.map(({ id }) => id),
  );
}

function previousResults({ state, read }: RunReading): Value {
  const { steps } = state.loaded.plan;
  const settled = steps.flatMap(({ id }, index) => {
    const record = recordOf(state, index);
    return isSettled(record) ? [[id, resultOf(record, read)] as const] : [];
  });
  return Object.fromEntries(settled);
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
