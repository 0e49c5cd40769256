import type { Context } from "../desugar/context.ts";
import type { CoreStep, StepDefaults } from "../desugar/core.ts";
import { RESOURCE_KEYS } from "../desugar/grammar.ts";
import { readKeys } from "../desugar/read-keys.ts";
import {
  booleanValue,
  durationValue,
  mapValue,
  numberValue,
  type Placed,
} from "../desugar/values.ts";
import { durationMs } from "../duration.ts";
import { LIMITS } from "../limits.ts";
import type { FailurePolicy, TaskStep, TimeoutPolicy } from "../plan.ts";
import { type Entry, entryOf, wordOf } from "../source/node.ts";
import type { Call } from "./calls.ts";

/** The key of a step with its place; `undefined` when it is not written. */
export function placedKey(step: CoreStep, key: string): Placed | undefined {
  const entry = step.keys.get(key);
  return entry && { entry, where: { step: step.id, path: entry.key, offset: entry.keyStart } };
}

/** What a step's failure does (L83): a policy, or the step that the run goes on with. */
export type FailureChoice = {
  readonly policy: FailurePolicy;
  readonly retries: boolean;
  /** Where `on_failure` names a step. */
  readonly target: Entry | undefined;
};

const POLICIES: ReadonlyMap<string, Omit<FailureChoice, "target">> = new Map([
  ["fail", { policy: "fail", retries: false }],
  ["stop", { policy: "fail", retries: false }],
  ["continue", { policy: "continue", retries: false }],
  ["skip", { policy: "skip", retries: false }],
  ["retry", { policy: "fail", retries: true }],
]);
const STOP = "stop";

/** Read `on_failure` and `continue_on_error`, else the default. */
export function failureOf(context: Context, step: CoreStep, defaults: StepDefaults): FailureChoice {
  const tolerant = placedKey(step, "continue_on_error");
  const own = step.keys.get("on_failure");
  if (own === undefined && tolerant !== undefined && booleanValue(context, tolerant) === true) {
    return { policy: "continue", retries: false, target: undefined };
  }
  const written = own ?? defaults.onFailure;
  const word = wordOf(written?.value) ?? "";
  if (written === undefined || word === "") {
    return { policy: "fail", retries: false, target: undefined };
  }
  const known = POLICIES.get(word.toLowerCase());
  // `stop` is the word of `config.error_mode` (L19); on a step it would be an id.
  if (known !== undefined && (word !== STOP || own === undefined)) {
    return { ...known, target: undefined };
  }
  return { policy: "continue", retries: false, target: written };
}

/** Read what bounds a step's time (L91, L92). */
export function timeoutsOf(
  context: Context,
  step: CoreStep,
  { call, defaults }: { readonly call: Call; readonly defaults: StepDefaults },
): TimeoutPolicy {
  const duration = (placed: Placed | undefined, min = 1): number | undefined =>
    placed && durationValue(context, placed, { min, max: LIMITS.stepTimeoutMs });
  const attemptMs =
    duration(placedKey(step, "timeout")) ??
    duration(metadataTimeout(step)) ??
    defaults.timeouts.attemptMs ??
    undefined;
  return {
    attemptMs: withParameter(attemptMs, call),
    totalMs: duration(placedKey(step, "total_timeout")) ?? defaults.timeouts.totalMs,
    heartbeatMs:
      duration(placedKey(step, "heartbeat_timeout"), LIMITS.minHeartbeatMs) ??
      defaults.timeouts.heartbeatMs,
  };
}

function metadataTimeout(step: CoreStep): Placed | undefined {
  const metadata = step.keys.get("metadata")?.value;
  const entry = metadata?.kind === "map" ? entryOf(metadata, "timeout") : undefined;
  return (
    entry && { entry, where: { step: step.id, path: "metadata.timeout", offset: entry.keyStart } }
  );
}

/** A `timeout` parameter that is written counts beside the others; its default only alone. */
function withParameter(attemptMs: number | undefined, call: Call): number | null {
  const written = call.arguments.find(({ entry }) => entry.key === "timeout")?.entry.value;
  const parameterMs = written?.kind === "scalar" ? durationMs(written.value) : undefined;
  if (parameterMs !== undefined) {
    return Math.min(attemptMs ?? parameterMs, parameterMs);
  }
  const isTemplate = written !== undefined;
  return attemptMs ?? (isTemplate ? null : (call.spec.defaultTimeoutMs ?? null));
}

/** Read `resource_limits` (L41). */
export function resourceLimitsOf(context: Context, step: CoreStep): TaskStep["resourceLimits"] {
  const placed = placedKey(step, "resource_limits");
  const map = placed && mapValue(context, placed);
  if (map === undefined) {
    return {};
  }
  const path = "resource_limits";
  const keys = readKeys(context, map, { table: RESOURCE_KEYS, step: step.id, path });
  const limit = (key: string): number | undefined => {
    const entry = keys.get(key);
    const where = { step: step.id, path: `${path}.${key}`, offset: entry?.keyStart ?? 0 };
    return entry && numberValue(context, { entry, where }, { min: 1 });
  };
  const [memoryMb, cpuSeconds, outputKb] = ["memory_mb", "cpu_seconds", "output_kb"].map(limit);
  return {
    ...(memoryMb === undefined ? {} : { memoryMb }),
    ...(cpuSeconds === undefined ? {} : { cpuSeconds }),
    ...(outputKb === undefined ? {} : { outputKb }),
  };
}
