import { type Context, find, findLater, joinPath } from "../desugar/context.ts";
import type { CoreStep } from "../desugar/core.ts";
import { REQUIRES_MODEL_KEYS } from "../desugar/grammar.ts";
import { type Keys, readKeys } from "../desugar/read-keys.ts";
import { numberValue, type Placed, wrongShape } from "../desugar/values.ts";
import type { RequiredModel } from "../plan.ts";
import { wordOf } from "../source/node.ts";
import { placedKey } from "./policies.ts";

type Filters = Exclude<RequiredModel, "none">;

/** Read what a step requires of its model (L137); `undefined` where it says nothing, or a finding says what is wrong. */
export function requiredModel(context: Context, step: CoreStep): RequiredModel | undefined {
  const placed = placedKey(step, "requires_model");
  const node = placed?.entry.value;
  if (
    placed === undefined ||
    node === undefined ||
    (node.kind === "scalar" && node.value === null)
  ) {
    return undefined;
  }
  if (wordOf(node)?.toLowerCase() === "none") {
    return "none";
  }
  if (node.kind !== "map") {
    return wrongShape(context, placed, "none, or a mapping of what the model must have");
  }
  const keys = readKeys(context, node, {
    table: REQUIRES_MODEL_KEYS,
    step: step.id,
    path: "requires_model",
  });
  return filtersOf(context, keys, step);
}

type At = (key: string) => Placed | undefined;

function filtersOf(context: Context, keys: Keys, step: CoreStep): Filters {
  const at: At = (key) => {
    const entry = keys.get(key);
    const path = joinPath("requires_model", entry?.key ?? key);
    return entry && { entry, where: { step: step.id, path, offset: entry.keyStart } };
  };
  const capabilities = [...words(context, at("capabilities")), ...modalities(context, at)];
  const facts = {
    minSize: size(context, at("min_size")),
    maxSize: size(context, at("max_size")),
    capabilities: capabilities.length === 0 ? undefined : capabilities,
    maxLatencyMs: number(context, at("max_latency_ms")),
    minTokensPerSecond: number(context, at("min_tokens_per_second")),
    minAccuracy: number(context, at("min_accuracy_score"), 1),
    preferred: given(words(context, at("preferred"))),
    excluded: given(words(context, at("excluded"))),
    fallback: fallback(context, at("fallback_strategy")),
    costLimit: costLimit(context, at),
    ...expertise(context, at("expertise")),
  };
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}

function number(context: Context, placed: Placed | undefined, max?: number): number | undefined {
  const bounds = max === undefined ? { min: 0 } : { min: 0, max };
  return placed && numberValue(context, placed, bounds);
}

const SIZE = /^(\d+(?:\.\d+)?)\s*([KMBT]?)$/i;
/** Billions in each unit. */
const UNITS: Readonly<Record<string, number>> = { K: 1e-6, M: 1e-3, B: 1, T: 1e3 };

function size(context: Context, placed: Placed | undefined): number | undefined {
  if (placed === undefined) {
    return undefined;
  }
  const match = SIZE.exec(wordOf(placed.entry.value) ?? "");
  return match === null
    ? wrongShape(context, placed, "a number of parameters, such as 7B")
    : Number(match[1]) * (UNITS[(match[2] || "B").toUpperCase()] ?? 1);
}

/** A list of words, or one. */
function words(context: Context, placed: Placed | undefined): readonly string[] {
  if (placed === undefined) {
    return [];
  }
  const { value } = placed.entry;
  const items = value.kind === "list" ? value.items : [value];
  const found = items.flatMap((item) => wordOf(item) ?? []);
  if (found.length < items.length) {
    wrongShape(context, placed, "a list of words");
  }
  return found.filter((word) => word !== "");
}

function given(list: readonly string[]): readonly string[] | undefined {
  return list.length === 0 ? undefined : list;
}

const MODALITIES: ReadonlyMap<string, string> = new Map([
  ["text", "text"],
  ["image", "vision"],
  ["vision", "vision"],
  ["audio", "audio"],
  ["speech", "audio"],
  ["video", "video"],
]);

function modalities(context: Context, at: At): readonly string[] {
  const placed = at("modalities");
  return words(context, placed).flatMap((word) => {
    const capability = MODALITIES.get(word.toLowerCase());
    if (placed !== undefined && capability === undefined) {
      wrongShape(context, placed, `of ${[...MODALITIES.keys()].join(", ")}`);
    }
    return capability ?? [];
  });
}

const LEVELS = ["low", "medium", "medium-high", "high", "very-high", "expert"];

/** A level is a minimum, a list names levels (L137). */
function expertise(
  context: Context,
  placed: Placed | undefined,
): { readonly minExpertise?: string; readonly expertise?: readonly string[] } {
  const levels = words(context, placed).map((word) => word.toLowerCase().replaceAll("_", "-"));
  if (placed === undefined) {
    return {};
  }
  if (levels.some((level) => !LEVELS.includes(level))) {
    wrongShape(context, placed, `a level, or a list of levels: ${LEVELS.join(", ")}`);
    return {};
  }
  const [first = ""] = levels;
  return placed.entry.value.kind === "list"
    ? { expertise: levels }
    : { minExpertise: first === "expert" ? "very-high" : first };
}

function fallback(
  context: Context,
  placed: Placed | undefined,
): "best_available" | "cheapest" | undefined {
  const word = placed && (wordOf(placed.entry.value)?.toLowerCase() ?? "").replaceAll("-", "_");
  if (placed === undefined || word === "fail") {
    return undefined;
  }
  return word === "best_available" || word === "cheapest"
    ? word
    : wrongShape(context, placed, "fail, best_available or cheapest");
}

function costLimit(context: Context, at: At): Filters["costLimit"] {
  const usd = number(context, at("cost_limit"));
  const placed = at("budget_period");
  const period = (placed && wordOf(placed.entry.value)) ?? "per-task";
  if (placed !== undefined && period === "per-hour") {
    const { where } = placed;
    findLater(context, "budget_period: per-hour", { where, rule: "L137" });
    return undefined;
  }
  if (placed !== undefined && period !== "per-task" && period !== "per-pipeline") {
    return wrongShape(context, placed, "per-task, per-pipeline or per-hour");
  }
  if (usd === undefined && placed !== undefined) {
    find(context, "no_effect", {
      where: placed.where,
      message: "budget_period changes nothing without cost_limit",
    });
  }
  return usd === undefined
    ? undefined
    : {
        nanoUsd: Math.round(usd * 1e9),
        period: period === "per-pipeline" ? "per-pipeline" : "per-task",
      };
}
