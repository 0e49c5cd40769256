import type { ModelRequirements } from "./models.ts";

/** What a model must have that nothing is said of. */
export const PLAIN_TEXT: ModelRequirements = { capabilities: ["text"] };

const ACCURACY: ReadonlyMap<string, number> = new Map([
  ["low", 0],
  ["medium", 0.7],
  ["high", 0.85],
  ["premium", 0.9],
]);

const COST_USD: ReadonlyMap<string, number> = new Map([
  ["free", 0],
  ["low", 0.002],
  ["medium", 0.02],
  ["high", Infinity],
]);

/** Words of a task that ask for a capability (L136). */
const CAPABILITIES: readonly (readonly [RegExp, string])[] = [
  [/code/, "code"],
  [/vision|image/, "vision"],
  [/audio|speech/, "audio"],
  [/video/, "video"],
  [/embed/, "embed"],
  [/json|structured/, "json"],
];

/** What attributes of an AUTO ask for (L136). One that says nothing usable asks for nothing: the compiler has warned of it. */
export function requirementsFrom({
  attributes,
  reason,
}: {
  readonly attributes: Readonly<Record<string, string>>;
  readonly reason: string;
}): ModelRequirements {
  const text = (name: string): string | undefined => attributes[name]?.trim().toLowerCase();
  const expertise = text("expertise") ?? text("complexity");
  const cost = numberFrom(text("cost"), COST_USD);
  const chosen: Mutable<ModelRequirements> = {
    capabilities: [...taskCapabilities(text("task") ?? ""), ...wordsOf(text("capabilities"))],
  };
  const set = <K extends keyof ModelRequirements>(key: K, value: ModelRequirements[K]): void => {
    if (value !== undefined) {
      chosen[key] = value;
    }
  };
  set("minExpertise", expertise === "expert" ? "very-high" : expertise);
  set("minAccuracy", numberFrom(text("quality"), ACCURACY));
  set("maxCostNanoUsd", cost === Infinity ? undefined : nanoFrom(cost));
  set("minSize", billions(text("min_size")));
  set("maxSize", billions(text("max_size")));
  set("provider", attributes["provider"]?.trim());
  set("domain", attributes["domain"]?.trim());
  set("prefer", preferred(text));
  set("reason", reason === "" ? undefined : reason);
  return chosen;
}

type Mutable<T> = { -readonly [key in keyof T]: T[key] };

function preferred(text: (name: string) => string | undefined): "speed" | "latency" | undefined {
  if (text("speed") !== undefined) {
    return "speed";
  }
  return text("latency") === undefined ? undefined : "latency";
}

function nanoFrom(usd: number | undefined): number | undefined {
  return usd === undefined ? undefined : Math.round(usd * 1e9);
}

function taskCapabilities(task: string): readonly string[] {
  const found = CAPABILITIES.filter(([word]) => word.test(task)).map(
    ([, capability]) => capability,
  );
  return found.length === 0 ? ["text"] : found;
}

function wordsOf(text: string | undefined): readonly string[] {
  return (text ?? "").split(/[\s,]+/).filter((word) => word !== "");
}

function numberFrom(
  text: string | undefined,
  words: ReadonlyMap<string, number>,
): number | undefined {
  if (text === undefined || text === "") {
    return undefined;
  }
  const value = words.get(text) ?? Number(text);
  return Number.isNaN(value) ? undefined : value;
}

/** `7B` is seven billion parameters; a bare number counts billions too. */
function billions(text: string | undefined): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([bm]?)$/.exec(text ?? "");
  return match === null ? undefined : Number(match[1]) / (match[2] === "m" ? 1000 : 1);
}
