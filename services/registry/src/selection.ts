import type { Choice, Requirements } from "./call.ts";
import { costNanoUsd } from "./cost.ts";
import { bareModel, EXPERTISE, expertiseOf, fullName, type Model } from "./model.ts";
import { nearNames } from "./near-names.ts";

/** What there is to choose from, at one moment. */
export type Offer = {
  /** In the order of the configuration; the default provider's first. */
  readonly models: readonly Model[];
  /** Models that their providers name and the configuration does not: called by name, never chosen. */
  readonly named: readonly Model[];
  /** Every configured provider; `open` ones serve names that are not listed, as far as is known. */
  readonly providers: readonly { readonly name: string; readonly open: boolean }[];
  /** Name → `provider/name`. */
  readonly aliases: ReadonlyMap<string, string>;
  /** What is called where nothing is asked for. */
  readonly defaultModel: string | undefined;
};

/** A model that may be called, and why. */
export type Candidate = { readonly model: Model; readonly reason: string };

/** The candidates in the order in which they are tried, or why there is none. */
export type Selection =
  | { readonly kind: "chosen"; readonly candidates: readonly [Candidate, ...Candidate[]] }
  | {
      readonly kind: "none";
      readonly code: "MODEL_NOT_FOUND" | "NO_ELIGIBLE_MODEL";
      readonly message: string;
    };

/** Which configuration is missing when no model can be called at all. */
export const NO_PROVIDER =
  "no model provider is configured: set models.providers.<name>.api_key (and base_url for a server of your own) in the configuration file, or OPENAI_API_KEY, ANTHROPIC_API_KEY, GOOGLE_API_KEY or OLLAMA_BASE_URL in the environment";

/** Chooses by name (L134, L135), by requirement (L136), or as configured. Deterministic. */
export function select(choice: Choice, offer: Offer): Selection {
  if (offer.providers.length === 0) {
    return { kind: "none", code: "NO_ELIGIBLE_MODEL", message: NO_PROVIDER };
  }
  if (choice.names.length > 0) return selectNamed(choice.names, offer);
  if (choice.requirements !== undefined && asksForAnything(choice.requirements)) {
    return selectByRequirement(choice.requirements, offer);
  }
  return selectDefault(offer, choice.requirements?.contextTokens ?? 0);
}

function selectNamed(names: readonly string[], offer: Offer): Selection {
  const found = names.map((name) => ({ name, candidate: findNamed(name, offer) }));
  const missing = found.filter(({ candidate }) => candidate === undefined).map(({ name }) => name);
  const [first, ...rest] = found.flatMap(({ candidate }) => candidate ?? []);
  if (first === undefined) {
    return { kind: "none", code: "MODEL_NOT_FOUND", message: notFound(names, offer) };
  }
  if (missing.length === 0) return { kind: "chosen", candidates: [first, ...rest] };
  const skipped = `${missing.join(", ")} not configured; `;
  return { kind: "chosen", candidates: [{ ...first, reason: skipped + first.reason }, ...rest] };
}

function findNamed(name: string, offer: Offer): Candidate | undefined {
  const target = offer.aliases.get(name);
  const model = findModel(target ?? name, offer);
  if (model === undefined) return undefined;
  const reason = target === undefined ? `named ${name}` : `alias ${name} of ${fullName(model)}`;
  return { model, reason };
}

/** A prefix counts only where it is a configured provider: `llama3.2:1b` is a name (L134). */
function findModel(name: string, offer: Offer): Model | undefined {
  const at = name.search(/[:/]/);
  const provider = offer.providers.find((each) => at > 0 && each.name === name.slice(0, at));
  if (provider !== undefined) {
    const bare = name.slice(at + 1);
    const listed = known(offer).find(
      (model) => model.provider === provider.name && model.name === bare,
    );
    return listed ?? (provider.open && bare !== "" ? bareModel(provider.name, bare) : undefined);
  }
  const listed = known(offer).find((model) => model.name === name);
  const open = offer.providers.find((each) => each.open);
  return listed ?? (open === undefined ? undefined : bareModel(open.name, name));
}

function notFound(names: readonly string[], offer: Offer): string {
  const candidates = [
    ...known(offer).flatMap((model) => [model.name, fullName(model)]),
    ...offer.aliases.keys(),
  ];
  const hints = names.map((name) => {
    const near = nearNames(name, candidates);
    const hint = near.length > 0 ? `did you mean ${near.join(" or ")}?` : knownHint(offer);
    return `model ${name} is not configured; ${hint}`;
  });
  return hints.join(" ");
}

function known({ models, named }: Offer): readonly Model[] {
  return [...models, ...named];
}

function knownHint(offer: Offer): string {
  const models = known(offer);
  const names = models.slice(0, MAX_NAMED).map((model) => fullName(model));
  const more = models.length > MAX_NAMED ? `, and ${models.length - MAX_NAMED} more` : "";
  return names.length === 0
    ? "no provider lists any model: list them under models.providers.<name>.models"
    : `configured are ${names.join(", ")}${more}`;
}

const MAX_NAMED = 8;

/** A prompt that is too long for the default fails by L138; where there is none, a model with room is looked for. */
function selectDefault(offer: Offer, contextTokens: number): Selection {
  if (offer.defaultModel !== undefined) {
    const candidate = findNamed(offer.defaultModel, offer);
    if (candidate !== undefined) {
      return { kind: "chosen", candidates: [{ ...candidate, reason: "models.default" }] };
    }
    const message = `models.default: ${notFound([offer.defaultModel], offer)}`;
    return { kind: "none", code: "MODEL_NOT_FOUND", message };
  }
  const [first, ...rest] = offer.models
    .filter((model) => canDo(model, "text") && !isTooSmall(model, contextTokens))
    .map((model) => ({ model, reason: "first configured model that generates text" }));
  if (first !== undefined) return { kind: "chosen", candidates: [first, ...rest] };
  return {
    kind: "none",
    code: "NO_ELIGIBLE_MODEL",
    message:
      "no model is named and none is configured as default: set models.default to <provider>/<model>, or list models under models.providers.<name>.models",
  };
}

/** Plain text of any length is what every step wants that says nothing of its model. */
function asksForAnything(wanted: Requirements): boolean {
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
    ].some((value) => value !== undefined)
  );
}

function selectByRequirement(wanted: Requirements, offer: Offer): Selection {
  const judged = offer.models.map((model) => ({ model, lacks: lacking(model, wanted) }));
  const eligible = judged.filter(({ lacks }) => lacks.length === 0).map(({ model }) => model);
  const reason = `${rankingName(wanted)} of ${eligible.length} that fit: ${describe(wanted)}`;
  const [first, ...rest] = eligible
    .toSorted((a, b) => rank(a, b, { wanted, offer }))
    .map((model) => ({ model, reason }));
  if (first !== undefined) return { kind: "chosen", candidates: [first, ...rest] };
  const why = judged
    .slice(0, MAX_NAMED)
    .map(({ model, lacks }) => `${fullName(model)} (${lacks.join(", ")})`)
    .join("; ");
  const listed = why === "" ? "no provider lists any model" : why;
  return {
    kind: "none",
    code: "NO_ELIGIBLE_MODEL",
    message: `no configured model has ${describe(wanted)}: ${listed}. Facts of models stand under models.providers.<name>.models`,
  };
}

/** What a model lacks. A fact that is not known does not satisfy: selection fails closed (L137). */
function lacking(model: Model, wanted: Requirements): readonly string[] {
  const cost = referenceCost(model);
  const needed = wanted.capabilities.includes("embed")
    ? wanted.capabilities
    : ["text", ...wanted.capabilities];
  const checks: readonly (readonly [boolean, string])[] = [
    [isLessExpert(model, wanted), `expertise ${shown(model.expertise)}`],
    [isBelow(model.accuracy, wanted.minAccuracy), `accuracy ${shown(model.accuracy)}`],
    [isAbove(cost, wanted.maxCostNanoUsd), `cost ${dollars(cost)}`],
    [
      isBelow(model.size, wanted.minSize) || isAbove(model.size, wanted.maxSize),
      `size ${shown(model.size)}`,
    ],
    [isOther([model.provider], wanted.provider), "another provider"],
    [isOther(model.domains, wanted.domain), "another domain"],
    [isTooSmall(model, wanted.contextTokens), `context ${shown(model.contextTokens)}`],
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

function isOther(words: readonly string[], wanted: string | undefined): boolean {
  return wanted !== undefined && !words.includes(wanted);
}

function isTooSmall({ contextTokens }: Model, needed: number): boolean {
  return contextTokens !== undefined && contextTokens < needed;
}

function canDo(model: Model, capability: string): boolean {
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

type Ranking = { readonly wanted: Requirements; readonly offer: Offer };

/** Negative when `a` is to be tried first. Ties are broken by the order of the configuration. */
function rank(a: Model, b: Model, { wanted, offer }: Ranking): number {
  const bySize = compare(a.size, b.size);
  const byCost = compare(referenceCost(a), referenceCost(b));
  const byAccuracy = compare(b.accuracy ?? 0, a.accuracy ?? 0);
  const byOrder = offer.models.indexOf(a) - offer.models.indexOf(b);
  const order = isQuick(wanted)
    ? [bySize, byCost, byAccuracy, byOrder]
    : [byCost, byAccuracy, bySize, byOrder];
  return order.find((sign) => sign !== 0) ?? 0;
}

function rankingName(wanted: Requirements): string {
  return isQuick(wanted) ? "smallest" : "cheapest";
}

function isQuick({ prefer }: Requirements): boolean {
  return prefer === "speed" || prefer === "latency";
}

function compare(a: number | undefined, b: number | undefined): number {
  const left = a ?? Number.POSITIVE_INFINITY;
  const right = b ?? Number.POSITIVE_INFINITY;
  return left === right ? 0 : left - right;
}

function referenceCost(model: Model): number | undefined {
  return costNanoUsd(model.price, { inputTokens: 1_000, outputTokens: 500 });
}

function describe(wanted: Requirements): string {
  const parts = [
    wanted.capabilities.join(", "),
    wanted.minExpertise === undefined ? "" : `expertise ≥ ${wanted.minExpertise}`,
    wanted.minAccuracy === undefined ? "" : `accuracy ≥ ${wanted.minAccuracy}`,
    wanted.maxCostNanoUsd === undefined ? "" : `cost ≤ ${dollars(wanted.maxCostNanoUsd)}`,
    wanted.minSize === undefined ? "" : `size ≥ ${wanted.minSize}B`,
    wanted.maxSize === undefined ? "" : `size ≤ ${wanted.maxSize}B`,
    wanted.provider === undefined ? "" : `provider ${wanted.provider}`,
    wanted.domain === undefined ? "" : `domain ${wanted.domain}`,
    wanted.contextTokens === 0 ? "" : `context ≥ ${wanted.contextTokens}`,
  ].filter((part) => part !== "");
  return parts.length === 0 ? "text generation" : parts.join(", ");
}

function dollars(nanoUsd: number | undefined): string {
  return nanoUsd === undefined ? "unknown" : `$${nanoUsd / 1e9}`;
}
