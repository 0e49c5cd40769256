import { LIMITS } from "../limits.ts";
import type { TimeoutPolicy } from "../plan.ts";
import { type Entry, entryOf, type MapNode, wordOf } from "../source/node.ts";
import { type Context, find } from "./context.ts";
import type { Settings, StepDefaults } from "./core.ts";
import { BUDGET_KEYS, DEFAULTS_KEYS } from "./grammar.ts";
import { type Keys, readKeys } from "./read-keys.ts";
import { readLabels } from "./read-labels.ts";
import { declaredSecrets } from "./read-secrets.ts";
import {
  booleanOf,
  booleanValue,
  durationValue,
  mapValue,
  numberValue,
  type Placed,
  wrongShape,
} from "./values.ts";

/** Read what acts on the whole run, and what steps inherit (L19). */
export function readSettings(
  context: Context,
  keys: Keys,
): { readonly settings: Settings; readonly defaults: StepDefaults } {
  const acting = actingKeys(context, keys);
  const timeout = acting("timeout", ["config.timeout", "context.timeout"]);
  const priority = acting("priority", []);
  return {
    settings: {
      strictInputs: strictInputs(context, acting("config.strict_inputs", [])),
      maxParallel: maxParallelOf(context, acting),
      timeoutMs: timeout && durationValue(context, timeout, { max: LIMITS.stepTimeoutMs }),
      budget: budgetOf(context, acting("budget", [])),
      priority: priority === undefined ? 0 : (priorityValue(context, priority) ?? 0),
      labels: readLabels(context, { keys, step: null }),
      secrets: declaredSecrets(context, keys),
    },
    defaults: {
      timeouts: defaultTimeouts(context, acting),
      attempts: {
        keys: entriesOf(acting, {
          max_attempts: ["defaults.max_attempts", "context.max_retries"],
          max_retries: ["defaults.max_retries"],
          retry: ["defaults.retry", "retry"],
          retry_config: ["defaults.retry_config"],
        }),
        path: "defaults",
        step: null,
      },
      onFailure: acting("defaults.on_failure", ["on_failure", "config.error_mode"])?.entry,
      model: acting("defaults.model", ["model", "config.model"])?.entry,
    },
  };
}

/** Finds a setting under its canonical name, else under the older ones; `section.key`, or a top-level key. */
type Acting = (canonical: string, others: readonly string[]) => Placed | undefined;

function actingKeys(context: Context, keys: Keys): Acting {
  const defaults = defaultsKeys(context, keys);
  return (canonical, others) => {
    for (const name of [canonical, ...others]) {
      const [section = "", key] = name.split(".");
      const entry = entryAt({ keys, defaults }, section, key);
      if (entry !== undefined) {
        return { entry, where: { step: null, path: name, offset: entry.keyStart } };
      }
    }
    return undefined;
  };
}

function entryAt(
  { keys, defaults }: { keys: Keys; defaults: Keys },
  section: string,
  key: string | undefined,
): Entry | undefined {
  if (key === undefined) {
    return keys.get(section);
  }
  if (section === "defaults") {
    return defaults.get(key);
  }
  const map = keys.get(section)?.value;
  return map?.kind === "map" ? entryOf(map, key) : undefined;
}

function defaultsKeys(context: Context, keys: Keys): Keys {
  const entry = keys.get("defaults");
  const map: MapNode | undefined =
    entry &&
    mapValue(context, { entry, where: { step: null, path: "defaults", offset: entry.keyStart } });
  return map === undefined
    ? new Map()
    : readKeys(context, map, { table: DEFAULTS_KEYS, step: null, path: "defaults" });
}

function entriesOf(acting: Acting, names: Readonly<Record<string, readonly string[]>>): Keys {
  return new Map(
    Object.entries(names).flatMap(([key, [canonical = "", ...others]]) => {
      const found = acting(canonical, others);
      return found === undefined ? [] : [[key, found.entry] as const];
    }),
  );
}

function strictInputs(context: Context, placed: Placed | undefined): boolean {
  return placed === undefined ? false : (booleanValue(context, placed) ?? false);
}

function maxParallelOf(context: Context, acting: Acting): number {
  const placed = acting("max_parallel", ["config.max_parallel", "config.max_concurrent"]);
  if (placed !== undefined) {
    const bounds = { min: 1, max: LIMITS.maxParallel, integer: true };
    return numberValue(context, placed, bounds) ?? LIMITS.defaultMaxParallel;
  }
  const parallel = acting("config.parallel", []);
  const isSerial = parallel !== undefined && booleanOf(parallel.entry.value) === false;
  return isSerial ? 1 : LIMITS.defaultMaxParallel;
}

function defaultTimeouts(context: Context, acting: Acting): TimeoutPolicy {
  const duration = (canonical: string, others: readonly string[], min = 1): number | null => {
    const placed = acting(canonical, others);
    return placed === undefined
      ? null
      : (durationValue(context, placed, { min, max: LIMITS.stepTimeoutMs }) ?? null);
  };
  return {
    attemptMs: duration("defaults.timeout", ["metadata.default_timeout", "config.default_timeout"]),
    totalMs: duration("defaults.total_timeout", []),
    heartbeatMs: duration("defaults.heartbeat_timeout", [], LIMITS.minHeartbeatMs),
  };
}

/** What a run's model calls may cost in all: dollars, tokens, or both (L143). */
function budgetOf(context: Context, placed: Placed | undefined): Settings["budget"] {
  const map = placed && mapValue(context, placed);
  if (map === undefined) {
    return undefined;
  }
  const keys = readKeys(context, map, { table: BUDGET_KEYS, step: null, path: "budget" });
  const amount = (key: string, bounds: { min: number; integer?: boolean }): number | undefined => {
    const entry = keys.get(key);
    const where = { step: null, path: `budget.${key}`, offset: entry?.keyStart ?? map.start };
    return entry && numberValue(context, { entry, where }, bounds);
  };
  const usd = amount("usd", { min: 0 });
  const tokens = amount("tokens", { min: 0, integer: true });
  return {
    ...(usd === undefined ? {} : { nanoUsd: Math.round(usd * 1e9) }),
    ...(tokens === undefined ? {} : { tokens }),
  };
}

const PRIORITIES: ReadonlyMap<string, number> = new Map([
  ["low", -10],
  ["normal", 0],
  ["high", 10],
  ["critical", 50],
]);

/** A priority: a number from −100 to 100, or its word (L160). */
export function priorityValue(context: Context, placed: Placed): number | undefined {
  const { entry, where } = placed;
  const word = wordOf(entry.value)?.toLowerCase() ?? "";
  const named = PRIORITIES.get(word);
  if (named !== undefined) {
    return named;
  }
  if (word === "" || !Number.isInteger(Number(word))) {
    return wrongShape(
      context,
      placed,
      "an integer from -100 to 100, or low, normal, high or critical",
    );
  }
  if (Math.abs(Number(word)) > LIMITS.priority) {
    find(context, "limit", {
      where: { ...where, offset: entry.value.start },
      message: `a priority is from -${LIMITS.priority} to ${LIMITS.priority}`,
    });
    return undefined;
  }
  return Number(word);
}
