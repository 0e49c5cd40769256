import type { Requirements } from "./call.ts";
import { costNanoUsd } from "./cost.ts";
import { EXPERTISE, expertiseOf, type Model } from "./model.ts";

/** Whether more is asked for than plain text of any length, which every step wants that says nothing of its model. */
export function asksForAnything(wanted: Requirements): boolean {
  return (
    wanted.capabilities.some((capability) => capability !== "text") ||
    [
      wanted.minExpertise,
      wanted.minAccuracy,
      wanted.maxCostNanoUsd,
      wanted.minSize,
      wanted.maxSize,
      wanted.provider,
      wanted.domain,
      wanted.prefer,
      wanted.maxLatencyMs,
      wanted.minTokensPerSecond,
      wanted.fallback,
    ].some((value) => value !== undefined) ||
    [wanted.expertise, wanted.preferred, wanted.excluded].some((names) => names.length > 0)
  );
}

/** What a model lacks. A fact that is not known does not satisfy: selection fails closed (L137). */
export function lacking(model: Model, wanted: Requirements): readonly string[] {
  const cost = referenceCost(model);
  const needed = wanted.capabilities.includes("embed")
    ? wanted.capabilities
    : ["text", ...wanted.capabilities];
  const checks: readonly (readonly [boolean, string])[] = [
    [
      isLessExpert(model, wanted) || !hasLevel(model, wanted),
      `expertise ${shown(model.expertise)}`,
    ],
    [isBelow(model.accuracy, wanted.minAccuracy), `accuracy ${shown(model.accuracy)}`],
    [isAbove(cost, wanted.maxCostNanoUsd), `cost ${dollars(cost)}`],
    [
      isBelow(model.size, wanted.minSize) || isAbove(model.size, wanted.maxSize),
      `size ${shown(model.size)}`,
    ],
    [isOther([model.provider], wanted.provider), "another provider"],
    [isOther(model.domains, wanted.domain), "another domain"],
    [isTooSmall(model, wanted.contextTokens), `context ${shown(model.contextTokens)}`],
    [isAbove(model.latencyMs, wanted.maxLatencyMs), `latency ${shown(model.latencyMs)}`],
    [
      isBelow(model.tokensPerSecond, wanted.minTokensPerSecond),
      `speed ${shown(model.tokensPerSecond)}`,
    ],
  ];
  return [
    ...new Set(needed.filter((each) => !canDo(model, each)).map((each) => `no ${each}`)),
    ...checks.filter(([lacks]) => lacks).map(([, what]) => what),
  ];
}

function shown(fact: string | number | undefined): string {
  return fact === undefined ? "unknown" : String(fact);
}

function isLessExpert({ expertise }: Model, { minExpertise }: Requirements): boolean {
  if (minExpertise === undefined) return false;
  const least = expertiseOf(minExpertise);
  if (expertise === undefined || least === undefined) return true;
  return EXPERTISE.indexOf(expertise) < EXPERTISE.indexOf(least);
}

function hasLevel({ expertise }: Model, wanted: Requirements): boolean {
  const levels = wanted.expertise.map((word) => expertiseOf(word));
  return levels.length === 0 || (expertise !== undefined && levels.includes(expertise));
}

function isOther(words: readonly string[], wanted: string | undefined): boolean {
  return wanted !== undefined && !words.includes(wanted);
}

/** Whether so many tokens do not fit into a model's window. */
export function isTooSmall({ contextTokens }: Model, needed: number): boolean {
  return contextTokens !== undefined && contextTokens < needed;
}

/** Whether a model is known to have a capability. */
export function canDo(model: Model, capability: string): boolean {
  return model.capabilities === undefined
    ? capability === "text"
    : model.capabilities.includes(capability);
}

function isBelow(known: number | undefined, least: number | undefined): boolean {
  return least !== undefined && (known === undefined ? least > 0 : known < least);
}

function isAbove(known: number | undefined, most: number | undefined): boolean {
  return most !== undefined && (known === undefined || known > most);
}

/** What a call of the reference size costs (L136). */
export function referenceCost(model: Model): number | undefined {
  return costNanoUsd(model.price, { inputTokens: 1_000, outputTokens: 500 });
}

/** Requirements in words. */
export function describe(wanted: Requirements): string {
  const parts = [
    wanted.capabilities.join(", "),
    said("expertise ≥ ", wanted.minExpertise),
    said("accuracy ≥ ", wanted.minAccuracy),
    said(
      "cost ≤ ",
      wanted.maxCostNanoUsd === undefined ? undefined : dollars(wanted.maxCostNanoUsd),
    ),
    said("size (billions) ≥ ", wanted.minSize),
    said("size (billions) ≤ ", wanted.maxSize),
    said("provider ", wanted.provider),
    said("domain ", wanted.domain),
    said("context ≥ ", wanted.contextTokens === 0 ? undefined : wanted.contextTokens),
    wanted.expertise.length === 0 ? "" : `expertise ${wanted.expertise.join(" or ")}`,
    said("milliseconds ≤ ", wanted.maxLatencyMs),
    said("tokens a second ≥ ", wanted.minTokensPerSecond),
    wanted.excluded.length === 0 ? "" : `not ${wanted.excluded.join(", ")}`,
  ].filter((part) => part !== "");
  return parts.length === 0 ? "text generation" : parts.join(", ");
}

function said(what: string, value: string | number | undefined): string {
  return value === undefined ? "" : what + String(value);
}

function dollars(nanoUsd: number | undefined): string {
  return nanoUsd === undefined ? "unknown" : `$${nanoUsd / 1e9}`;
}
